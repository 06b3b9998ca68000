/** A viewer's WebSocket, which sends events of jupyter_rfb. */
export class ViewerSocket implements Disposable {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @param url of the page */
  static async open(url: string, viewer = "python-viewer-1"): Promise<ViewerSocket> {
    const socket = new WebSocket(new URL(`ws?viewer=${viewer}`, url.replace("http", "ws")));
    await new Promise((opened, failed) => {
      socket.onopen = opened;
      socket.onerror = failed;
    });
    return new ViewerSocket(socket);
  }

  send(event_type: string, fields: object = {}, time_stamp = 1.5): void {
    this.#socket.send(JSON.stringify({ event_type, time_stamp, ...fields }));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
