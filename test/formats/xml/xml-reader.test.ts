import { afterAll, describe, expect, test } from "bun:test";
import { FileSource } from "../../../src/formats/file-source.ts";
import { Base64Decoder } from "../../../src/formats/xml/base64-decoder.ts";
import { XmlReader } from "../../../src/formats/xml/xml-reader.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

let files = 0;

/** Opens a document, which is read in blocks of this many bytes. */
function open(xml: string | Uint8Array, blockBytes: number): Promise<FileSource> {
  files += 1;
  return FileSource.open(directory.write(`${files}.xml`, xml), { blockBytes });
}

/** Tags as `<name a=1>` and `</name>`, and the text between them. */
async function outline(xml: string, blockBytes = 5): Promise<string[]> {
  await using source = await open(xml, blockBytes);
  const reader = new XmlReader(source);
  const events: string[] = [];
  for (;;) {
    const text = await reader.text();
    if (text.trim() !== "") events.push(text);
    const tag = await reader.next();
    if (tag === undefined) return [...events, ...(reader.depth > 0 ? ["cut"] : [])];
    const attributes =
      tag.type === "start" ? [...tag.attributes].map(([key, value]) => ` ${key}=${value}`) : [];
    events.push(`<${tag.type === "end" ? "/" : ""}${tag.name}${attributes.join("")}>`);
  }
}

describe("an XML document", () => {
  test("an XML document is read as tags and texts, in blocks of any size", async () => {
    const xml = `<?xml version="1.0"?>\n<!-- <not> a tag -- --><a x="1" y = 'a "b" > c'>\n<b/>text &lt;&#65;&#x42;&amp;<![CDATA[<raw> & ]]] ]]></a >`;
    for (const blockBytes of [1, 2, 3, 7, 1000]) {
      expect(await outline(xml, blockBytes)).toEqual([
        '<a x=1 y=a "b" > c>',
        "<b>",
        "</b>",
        "text <AB&<raw> & ]]] ",
        "</a>",
      ]);
    }
  });

  test("may have a document type, whose entities are not expanded", async () => {
    const xml = `<!DOCTYPE a SYSTEM "http://x/a.dtd" [<!ENTITY x "xx"><!ENTITY y SYSTEM "file:///etc/passwd">]><a>&x;&y;</a>`;
    expect(await outline(xml)).toEqual(["<a>", "&x;&y;", "</a>"]);
  });

  test("an XML document that is cut off anywhere ends without an error", async () => {
    const xml = `<a x="1"><!-- b --><b><![CDATA[c]]></b></a>`;
    for (let length = 1; length < xml.length; length += 1) {
      const events = await outline(xml.slice(0, length));
      if (length > 8) expect(events.at(-1)).toBe("cut");
    }
  });

  for (const [what, xml, message] of [
    [
      "end tags that do not match",
      "<a><b></a></b>",
      'byte 6: "</a>" closes an element, but the open element is "b"',
    ],
    ["an end tag too many", "<a></a></a>", 'byte 7: "</a>" closes an element, but no element is open'],
    ["a tag without a name", "<a>< b></a>", 'byte 3: "< b>" is not an XML tag'],
    ["too many open elements", "<a>".repeat(300), "nested more than 256 deep"],
    ["an endless tag", `<a ${"x".repeat(2 ** 20)}`, "the tag at byte 0 is longer than 1 MB"],
  ] as const) {
    test(`an XML document with ${what} is an error with the position`, async () => {
      await expect(outline(xml, 1000)).rejects.toThrow(message);
    });
  }

  test("an XML document has text that is read in blocks, and raw bytes that are read from the source", async () => {
    const raw = Uint8Array.from({ length: 256 }, (_, i) => i);
    await using source = await open(Buffer.concat([Buffer.from("<a>_"), raw, Buffer.from("</a>")]), 16);
    const reader = new XmlReader(source);
    await reader.next();
    expect(reader.offset).toBe(3);
    await source.skip(1);
    const bytes = new Uint8Array(256);
    expect(await source.readInto(bytes)).toBe(256);
    expect(bytes).toEqual(raw);
    expect(await reader.next()).toEqual({ type: "end", name: "a" });
  });

  test("an XML document has elements that can be skipped", async () => {
    await using source = await open("<a><b><c/>1<b></b></b><d/></a>", 4);
    const reader = new XmlReader(source);
    await reader.next();
    await reader.next();
    expect(await reader.skipElement()).toBe(true);
    expect(await reader.next()).toMatchObject({ type: "start", name: "d" });
  });

  test("an XML document has texts whose length is limited", async () => {
    await using source = await open(`<a>${"x".repeat(100)}</a>`, 16);
    const reader = new XmlReader(source);
    await reader.next();
    await expect(reader.text(99)).rejects.toThrow("the text at byte 3 is longer than 99 bytes");
  });
});

test("base64 is decoded in blocks of any size, with white space and without padding", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 255);
  const encoded = Buffer.from(bytes).toString("base64").replace(/.{7}/g, "$&\r\n\t ");
  for (const text of [encoded, encoded.replaceAll("=", "")]) {
    for (const size of [1, 2, 3, 5, 1000]) {
      const decoder = new Base64Decoder();
      const parts: Uint8Array[] = [];
      for (let start = 0; start < text.length; start += size) {
        parts.push(decoder.decode(Buffer.from(text.slice(start, start + size))));
      }
      expect(new Uint8Array(Buffer.concat([...parts, decoder.finish()]))).toEqual(bytes);
    }
  }
});
