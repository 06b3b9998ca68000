import { describe, expect, test } from "bun:test";
import { VIEWER_ID_PATTERN } from "../../src/protocol/paths.ts";
import { newViewerId, ServerUrls } from "../../src/web/connection/server-urls.ts";
import { readOptions } from "../../src/web/options.ts";

const read = (query: string) =>
  readOptions(new URLSearchParams(query), (value) => /^(black|#[0-9a-f]{3,6})$/.test(value));

describe("the page's query", () => {
  test("the page's query without keys gives the defaults: the page steers, and moves are sent once per paint", () => {
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

  test("the page's query has FURY's keys in FURY's spelling", () => {
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

  test("the page's query can request any encoding, because the server knows which are available", () => {
    expect(read("encoding=WebRTC").options.encoding).toBe("webrtc");
    expect(read("encoding=").options.encoding).toBe("auto");
    expect(read("encoding=webrtc").warnings).toEqual([]);
  });

  test("the page's query with invalid values gives the defaults and a warning for each", () => {
    const { options, warnings } = read(
      "interaction=maybe&mouse_interval=-5&weel_interval=x&background=url(evil)",
    );
    expect(options).toEqual(read("").options);
    expect(warnings).toHaveLength(4);
    expect(warnings.join(" ")).toContain("mouse_interval=-5");
  });
});

describe("the server URLs", () => {
  const page = (pathname: string, search = "") =>
    new ServerUrls({ origin: "https://hub.example", pathname, search }, "abc");

  test("the server URLs stay below the prefix of a proxy, with or without its trailing slash", () => {
    for (const path of ["/user/x/proxy/8000/", "/user/x/proxy/8000"]) {
      expect(page(path).http("state")).toBe("https://hub.example/user/x/proxy/8000/state?viewer=abc");
      expect(page(path).socket("ws")).toBe("wss://hub.example/user/x/proxy/8000/ws?viewer=abc");
    }
    expect(page("/").http("video/mjpeg", { size: "9x9" })).toBe(
      "https://hub.example/video/mjpeg?viewer=abc&size=9x9",
    );
  });

  test("carry the token of the page's own URL", () => {
    expect(page("/", "?token=a%26b&iframe=1").http("state")).toBe(
      "https://hub.example/state?viewer=abc&token=a%26b",
    );
  });

  test("viewer ids are unique and match the protocol's pattern", () => {
    const ids = new Set(Array.from({ length: 100 }, newViewerId));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(VIEWER_ID_PATTERN);
  });
});
