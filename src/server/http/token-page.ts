const STYLE =
  ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}body{display:grid;place-items:center;min-height:90vh;margin:0;padding:1rem}form{max-width:30rem}input,button{font:inherit;padding:.5em .75em}input{width:16em;max-width:100%;box-sizing:border-box}";

/** Content-Security-Policy of the token page, without `frame-ancestors`, which the caller appends. */
export const TOKEN_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${new Bun.CryptoHasher("sha256")
  .update(STYLE)
  .digest("base64")}'; form-action 'self'; base-uri 'none'`;

/**
 * Page with a field for the token, for a browser that was refused. Its form has no action, so that it opens the same URL with
 * the token added, also behind a proxy that adds a path prefix.
 */
export function tokenPage(message: string, url: URL): string {
  const parameters = [...url.searchParams].filter(([name]) => name !== "token");
  const hiddenInputs = parameters.map(
    ([name, value]) =>
      `<input type="hidden" name="${Bun.escapeHTML(name)}" value="${Bun.escapeHTML(value)}">`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>scenecast: token required</title>
<style>${STYLE}</style>
<form method="get">
<h1>scenecast</h1>
<p id="why">${Bun.escapeHTML(message)}</p>
${hiddenInputs.join("")}<label for="token">Token</label>
<p><input id="token" name="token" type="password" required autofocus autocomplete="current-password" aria-describedby="why">
<button>Open</button></p>
</form>
</html>
`;
}
