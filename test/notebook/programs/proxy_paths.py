"""
An extension of Jupyter Notebook 6 that forwards BASE_URL/proxy/PORT/PATH to that port of this machine, HTTP and WebSocket, for the
authenticated user: the paths of jupyter-server-proxy, which Debian does not have.
"""

from notebook.base.handlers import IPythonHandler
from notebook.utils import url_path_join
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.web import authenticated
from tornado.websocket import WebSocketHandler, websocket_connect

#: Headers of one connection.
HOP_BY_HOP = ("connection", "content-encoding", "content-length", "transfer-encoding", "upgrade")


class ProxyHandler(WebSocketHandler, IPythonHandler):
    def check_xsrf_cookie(self):
        """As in jupyter-server-proxy: the program behind it checks the origin."""

    def request_to(self, scheme, port, path):
        headers = {name: value for name, value in self.request.headers.get_all() if not name.lower().startswith("sec-websocket")}
        query = f"?{self.request.query}" if self.request.query else ""
        url = f"{scheme}://127.0.0.1:{port}/{path}{query}"
        has_body = self.request.method == "POST"
        return HTTPRequest(
            url, self.request.method, headers, self.request.body if has_body else None, decompress_response=True, follow_redirects=False
        )

    @authenticated
    async def get(self, port, path):
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            return await self.forward(port, path)
        request = self.request_to("ws", port, path)
        self.upstream = await websocket_connect(request, on_message_callback=self.on_upstream_message)
        return await WebSocketHandler.get(self)

    @authenticated
    async def post(self, port, path):
        await self.forward(port, path)

    async def forward(self, port, path):
        response = await AsyncHTTPClient().fetch(self.request_to("http", port, path), raise_error=False)
        self.clear()
        self.set_status(response.code)
        for name, value in response.headers.get_all():
            if name.lower() not in HOP_BY_HOP:
                self.add_header(name, value)
        self.finish(response.body)

    def on_upstream_message(self, message):
        if message is None:
            self.close()
        else:
            self.write_message(message, binary=isinstance(message, bytes))

    async def on_message(self, message):
        await self.upstream.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        self.upstream.close()


def load_jupyter_server_extension(app):
    path = url_path_join(app.web_app.settings["base_url"], r"/proxy/(\d+)/(.*)")
    app.web_app.add_handlers(".*$", [(path, ProxyHandler)])
