import { expect, test } from "bun:test";
import { snapshotName } from "../../src/web/view/snapshot.ts";

test("a snapshot is named after the scene and the time, in characters that every file system accepts", () => {
  const time = new Date(2026, 10, 23, 9, 45, 2);
  expect(snapshotName("stanford-bunny.obj", time, "png")).toBe(
    "scenecast-stanford-bunny-20261123-094502.png",
  );
  expect(snapshotName("../a/b: c*.tar.gz", time, "png")).toBe("scenecast-a-b-c-tar-20261123-094502.png");
  expect(snapshotName("Größe 2", time, "png")).toBe("scenecast-Größe-2-20261123-094502.png");
  expect(snapshotName("", time, "png")).toBe("scenecast-20261123-094502.png");
});
