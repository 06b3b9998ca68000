/** Has the browser save data as a file. */
export function download(data: Blob, name: string): void {
  const url = URL.createObjectURL(data);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the blob after the click, well within a minute.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The scene's title in characters that are valid on every file system, without extension; empty for the program's own name. */
export function fileNameOf(title: string): string {
  const name = title
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return name === "scenecast" ? "" : name;
}
