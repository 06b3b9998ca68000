"""The HTML of a view in a notebook: a frame whose script finds the address by which the browser reaches the server."""

from __future__ import annotations

import json
import os
from typing import Optional

from .executable import Executable

# The document of the frame, in the browser. A notebook's page may be on this machine, behind a proxy of Jupyter or code-server, or on
# the other side of a tunnel, and only the browser finds out what leads to the server. Every address is probed with the identity of the
# server, since another program may listen on the same port of the user's own computer. What Python knows is in CONFIG.
_DOCUMENT = """<!doctype html><meta charset="utf-8"><style>
body{margin:0;font:14px/1.5 system-ui,sans-serif}
div{position:absolute;left:0;right:0;bottom:0;padding:8px 16px;background:#fffffff0;color:#222;border:1px solid #ccc;box-sizing:border-box;max-height:100%;overflow:auto}
div:empty{display:none}code{user-select:all}p{margin:4px 0 0}
</style><div role="status"></div><script>
const CONFIG = __CONFIG__;
const box = document.querySelector("div");
// For notebooks without this frame.
try { frameElement.parentElement.querySelector("p").hidden = true; } catch {}
function surroundings() {
  const found = { origin: "", hostname: "", base: "", isPage: false };
  try {
    const { location, document } = parent;
    found.isPage = /^(https?|file):$/.test(location.protocol);
    found.hostname = location.hostname;
    if (/^https?:/.test(location.origin)) found.origin = location.origin;
    const data = document.getElementById("jupyter-config-data");
    found.base = document.body.dataset.baseUrl || (data && JSON.parse(data.textContent).baseUrl) || "";
  } catch {}
  return found;
}
async function candidates() {
  const { port, url, prefix, template } = CONFIG;
  const { origin, hostname, base } = surroundings();
  const own = new URL(url);
  own.search = "";
  const list = [];
  const add = (address, isJupyter) => {
    try {
      const { href } = new URL(address, origin || undefined);
      if (/^https?:/.test(href) && !list.some((one) => one.href === href)) list.push({ href, isJupyter });
    } catch {}
  };
  if (/^(localhost|127\\..*|\\[::1\\]|.*\\.localhost)$/.test(hostname)) add(`${own.protocol}//${hostname}:${port}/`);
  if (origin) for (const path of [base, prefix]) if (path) add(`${path.replace(/\\/?$/, "/")}proxy/${port}/`, true);
  if (template) add(template.replace(/\\{\\{?port\\}?\\}/g, port).replace(/\\/?$/, "/"));
  try {
    add(await parent.google.colab.kernel.proxyPort(port, { cache: true }));
  } catch {}
  // Last, because browsers ask the user before a page of another host may connect to this computer.
  add(own.href);
  return list;
}
async function probe({ href }) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 4000);
  try {
    const address = `${href}healthz?instance=${CONFIG.instance}`;
    const response = await fetch(address, { credentials: "include", cache: "no-store", signal: abort.signal });
    if (!response.ok) return response.status;
    return (await response.text()).trim() === "ok" ? 200 : 404;
  } catch {
    return 0;
  } finally {
    clearTimeout(timer);
  }
}
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
function explain(list, statuses) {
  const jupyter = list.findIndex(({ isJupyter }) => isJupyter);
  const status = statuses[jupyter] ?? 0;
  if (status >= 500) box.innerHTML = "<b>The view has ended.</b> Run the cell again. <button>Try again</button>";
  else {
    // An export is read for its picture.
    box.innerHTML = `<b>The live view is not reached.</b> If its kernel has ended, run the cell again. <button>Try again</button>
      <details ${jupyter < 0 ? "" : "open"}><summary>If the kernel runs on another computer</summary>
      <p>This page requires jupyter-server-proxy there${status === 404 ? ", which is not installed" : ""}: run
      <code>pip install jupyter-server-proxy</code> and restart the Jupyter server. Or forward the port of the view from your own
      computer: <code>${escaped(CONFIG.tunnel)}</code></p></details>`;
  }
  box.querySelector("button").addEventListener("click", connect);
}
async function connect() {
  box.textContent = "";
  let list = [];
  let statuses = [];
  // VS Code, whose notebooks have a scheme of their own, forwards a new port after some seconds.
  const rounds = surroundings().isPage && !CONFIG.template ? 2 : 6;
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, 1000));
    list = await candidates();
    statuses = [];
    for (const candidate of list) {
      const status = await probe(candidate);
      if (status === 200) return location.replace(candidate.href + CONFIG.query);
      statuses.push(status);
    }
    // The proxy found nothing on the port.
    if (list.some(({ isJupyter }, i) => isJupyter && statuses[i] >= 500)) break;
    box.textContent = "Connecting to the live view …";
  }
  explain(list, statuses);
}
connect();
</script>"""


def frame_html(server: Executable, height: int, picture: Optional[bytes] = None, query: str = "iframe=1") -> str:
    """
    The page of a server in a frame.

    Where scripts and frames are removed (a notebook that is not trusted, an export), a picture and a link remain, which otherwise lie
    behind the frame.

    Args:
        height: px.
        picture: JPEG.
        query: of the page, see docs/http-api.md.
    """
    address, _, token = server.url.partition("?")
    config = {
        "port": server.port,
        "instance": server.instance,
        "url": address,
        "query": f"?{query}" + ("&" + token if token else ""),
        # JupyterHub and code-server say here by which path or URL browsers reach a port of this machine.
        "prefix": os.environ.get("JUPYTERHUB_SERVICE_PREFIX", ""),
        "template": os.environ.get("VSCODE_PROXY_URI", ""),
        "tunnel": _tunnel(server.port),
    }
    # "</" would end the script.
    document = _DOCUMENT.replace("__CONFIG__", json.dumps(config).replace("</", "<\\/"))
    return (
        f'<div style="position:relative;height:{round(height)}px;overflow:hidden">'
        f'<p>The live view is shown in trusted notebooks: <a href="{_escaped(server.url)}" target="_blank">{_escaped(address)}</a></p>'
        f"{_picture(picture)}"
        f'<iframe srcdoc="{_escaped(document)}" title="Live 3D view" allow="fullscreen" '
        'style="position:absolute;left:0;top:0;width:100%;height:100%;border:0"></iframe></div>'
    )


def _picture(jpeg: Optional[bytes]) -> str:
    if jpeg is None:
        return ""
    import base64

    data = base64.b64encode(jpeg).decode()
    # JupyterLab's sanitizer keeps these properties, but not object-fit.
    style = "display:block;margin:0 auto;max-width:100%;max-height:100%"
    return f'<img src="data:image/jpeg;base64,{data}" alt="Picture of the 3D view" style="{style}">'


def _tunnel(port: int) -> str:
    """The SSH command that forwards a port of the user's own computer to this machine."""
    import getpass
    import socket

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no entry in the password database, as in a minimal container
        user = "you"
    return f"ssh -N -L {port}:localhost:{port} {user}@{socket.gethostname()}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
