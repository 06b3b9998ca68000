import { CLOSE_TEXT } from "../../protocol/client-messages.ts";
import { type MessageLink, type MessageLinkEvents, readServerMessage } from "./message-link.ts";

/** Messages and frames over a WebSocket. */
export function openSocketLink(url: string, events: MessageLinkEvents): MessageLink {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let hasEnded = false;
  socket.addEventListener("message", ({ data }) => {
    if (hasEnded) return;
    if (data instanceof ArrayBuffer) {
      events.onFrame(data);
      return;
    }
    const message = readServerMessage(data);
    if (message !== undefined) events.onMessage(message);
  });
  socket.addEventListener("close", () => {
    if (hasEnded) return;
    hasEnded = true;
    events.onEnd();
  });
  const send = (text: string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  };
  return {
    carriesFrames: true,
    send: (message) => send(JSON.stringify(message)),
    close(leaving) {
      hasEnded = true;
      if (leaving) send(CLOSE_TEXT);
      socket.close();
    },
  };
}
