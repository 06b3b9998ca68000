import { describe, expect, test } from "bun:test";
import { VIEWER_ID_PATTERN } from "../../src/protocol/paths.ts";
import { newViewerId, ServerUrls } from "../../src/web/connection/server-urls.ts";
import { readOptions } from "../../src/web/options.ts";

const read = (query: string) =>
  readOptions(new URLSearchParams(query), (value) => /^(black|#[0-9a-f]{3,6})$/.test(value));

describe("the page's query", () => {
  test("without keys the page is whole, steers, and moves at the pace of painting", () => {
    expect(read("")).toEqual({
      options: {
        encoding: "auto",
        interaction: true,
        iframe: false,
        background: null,
        mouseIntervalMs: 0,
        wheelIntervalMs: 0,
      },
      warnings: [],
    });
  });

  test("takes FURY's keys as FURY spells them", () => {
    const { options, warnings } = read(
      "encoding=mjpeg&interaction=0&iframe=1&background=black&mouse_interval=80&weel_interval=30",
    );
    expect(options).toEqual({
      encoding: "mjpeg",
      interaction: false,
      iframe: true,
      background: "black",
      mouseIntervalMs: 80,
      wheelIntervalMs: 30,
    });
    expect(warnings).toEqual([]);
  });

  test("any encoding may be asked for: the server says which there are", () => {
    expect(read("encoding=WebRTC").options.encoding).toBe("webrtc");
    expect(read("encoding=").options.encoding).toBe("auto");
    expect(read("encoding=webrtc").warnings).toEqual([]);
  });

  test("values that mean nothing are said and not used", () => {
    const { options, warnings } = read(
      "interaction=maybe&mouse_interval=-5&weel_interval=x&background=url(evil)",
    );
    expect(options).toEqual(read("").options);
    expect(warnings).toHaveLength(4);
    expect(warnings.join(" ")).toContain("mouse_interval=-5");
  });
});

describe("addresses", () => {
  const page = (pathname: string, search = "") =>
    new ServerUrls({ origin: "https://hub.example", pathname, search });

  test("stay below the prefix of a proxy, with its slash or without", () => {
    for (const path of ["/user/x/proxy/8000/", "/user/x/proxy/8000"]) {
      expect(page(path).http("state")).toBe("https://hub.example/user/x/proxy/8000/state");
      expect(page(path).socket("ws", { viewer: "abc" })).toBe(
        "wss://hub.example/user/x/proxy/8000/ws?viewer=abc",
      );
    }
    expect(page("/").http("video/mjpeg")).toBe("https://hub.example/video/mjpeg");
  });

  test("carry the token that is still in the page's own", () => {
    expect(page("/", "?token=a%26b&iframe=1").http("state")).toBe("https://hub.example/state?token=a%26b");
  });

  test("a viewer's id is new each time and of the protocol's form", () => {
    const ids = new Set(Array.from({ length: 100 }, newViewerId));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(VIEWER_ID_PATTERN);
  });
});
