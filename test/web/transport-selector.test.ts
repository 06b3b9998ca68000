import { describe, expect, test } from "bun:test";
import type { ConnectionKind } from "../../src/web/connection/connection-kind.ts";
import { TransportSelector } from "../../src/web/view/transport.ts";

let now = 0;
const selector = (requested: string, kind: () => ConnectionKind | undefined = () => "local") =>
  new TransportSelector(
    requested,
    {
      add() {},
      get kind() {
        return kind();
      },
    },
    () => now,
  );
const choose = (requested: string, offered: string[], failed: string[] = []) => {
  const transports = selector(requested);
  for (const encoding of failed) {
    const transport = transports.select([encoding]);
    if (transport !== null) transports.onFailure(transport);
  }
  return transports.select(offered)?.encoding;
};

describe("the choice of a transport", () => {
  test("the choice of a transport is the requested one if the server offers it, else the best of those offered", () => {
    expect(choose("jpeg", ["mjpeg", "jpeg"])).toBe("jpeg");
    expect(choose("webrtc", ["mjpeg"])).toBe("mjpeg");
    expect(choose("auto", ["mjpeg", "jpeg"])).toBe("jpeg");
    expect(choose("mjpeg", [])).toBeUndefined();
    expect(choose("auto", ["telepathy"])).toBeUndefined();
  });

  test("the choice of a transport is a transport that failed recently only if there is no other, even if it was requested", () => {
    const offered = ["mjpeg", "jpeg"];
    expect(choose("auto", offered, ["jpeg"])).toBe("mjpeg");
    expect(choose("jpeg", offered, ["jpeg"])).toBe("mjpeg");
    expect(choose("mjpeg", offered, ["mjpeg"])).toBe("jpeg");
    expect(choose("jpeg", ["jpeg"], ["jpeg"])).toBe("jpeg");
    expect(choose("mjpeg", offered, offered)).toBe("mjpeg");
  });

  test("the choice of a transport needs no WebSocket if the connection is plain HTTP", () => {
    expect(selector("jpeg").select(["jpeg", "mjpeg"], false)?.encoding).toBe("mjpeg");
  });
});

describe("the transport selector", () => {
  test("avoids a failed transport for half a minute, twice as long after the next failure, until it works", () => {
    const transports = selector("auto");
    const selected = (at: number) => {
      now = at;
      return transports.select(["jpeg", "mjpeg"])?.encoding;
    };
    now = 1000;
    const jpeg = transports.select(["jpeg", "mjpeg"]);
    if (jpeg === null) throw new Error("No transport was selected.");
    transports.onFailure(jpeg);
    expect(transports.failedNames).toEqual([jpeg.name]);
    expect(selected(30_999)).toBe("mjpeg");
    expect(selected(31_000)).toBe("jpeg");
    transports.onFailure(jpeg);
    expect(selected(90_999)).toBe("mjpeg");
    transports.onSuccess(jpeg);
    expect(selected(90_999)).toBe("jpeg");
    expect(transports.failedNames).toEqual([]);
    now = 100_000;
    transports.onFailure(jpeg);
    expect(selected(130_000)).toBe("jpeg");
  });

  test("the transport selector is ready only when the connection kind is known, unless a transport was requested by name", () => {
    let kind: ConnectionKind | undefined;
    expect(selector("jpeg", () => kind).isReady).toBe(true);
    expect(selector("auto", () => kind).isReady).toBe(false);
    kind = "tunnel";
    expect(selector("auto", () => kind).isReady).toBe(true);
  });
});
