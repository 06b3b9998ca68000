import { MAX_BATCH_MESSAGES } from "../../protocol/limits.ts";
import { PATHS, QUERY } from "../../protocol/paths.ts";
import { type MessageLink, type MessageLinkEvents, readServerMessage } from "./message-link.ts";
import type { ServerUrls } from "./server-urls.ts";

/** Delay before a failed batch is sent again, ms. One failed request does not end the link; the ping timeout does. */
const RETRY_MS = 250;
/** Maximum number of messages in one POST. At 512 bytes each (the page's are shorter) they fit into a body of 64 KiB. */
const MAX_BATCH = MAX_BATCH_MESSAGES / 4;
/** Upper bound of the send queue, in messages. A longer queue means that no request succeeds, and ends the link. */
const MAX_QUEUED = 4 * MAX_BATCH_MESSAGES;

/**
 * Messages over plain HTTP, for proxies that do not forward WebSockets: downstream as Server-Sent Events, upstream as numbered
 * POSTs. One POST is in flight at a time and later messages form the next batch, which keeps them in order.
 */
export function openHttpLink(urls: ServerUrls, events: MessageLinkEvents): MessageLink {
  // Aborting the event stream is how the server notices that the viewer left.
  const abort = new AbortController();
  const { signal } = abort;
  /** Messages as JSON, oldest first. */
  const queue: string[] = [];
  let sequence = 0;
  let isPosting = false;

  const end = () => {
    if (signal.aborted) return;
    abort.abort();
    events.onEnd();
  };

  const receive = async () => {
    const response = await fetch(urls.http(PATHS.events), { cache: "no-store", signal });
    const isEvents = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    if (!response.ok || !isEvents || response.body === null) return;
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      text += decoder.decode(value, { stream: true });
      const received = text.split("\n\n");
      text = received.pop() ?? "";
      for (const event of received) {
        const message = readServerMessage(event.startsWith("data: ") ? event.slice(6) : undefined);
        if (message !== undefined && !signal.aborted) events.onMessage(message);
      }
    }
  };

  /** Sends one batch, again until the server has it. The sequence number lets the server drop a repeated one. */
  const post = async (url: string, body: string) => {
    while (!signal.aborted) {
      try {
        const { status } = await fetch(url, { method: "POST", body, cache: "no-store", signal });
        if (status < 300) return;
        // The server does not know this event stream, or missed a batch: only a new link helps.
        if (status < 500) return end();
      } catch {
        // A network or server error. The ping timeout ends the link if it lasts.
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };

  const postAll = async () => {
    isPosting = true;
    // Collects the messages of the current task into one batch.
    await Promise.resolve();
    while (queue.length > 0 && !signal.aborted) {
      const url = urls.http(PATHS.events, { [QUERY.sequence]: String(++sequence) });
      await post(url, queue.splice(0, MAX_BATCH).join("\n"));
    }
    isPosting = false;
  };

  receive().then(end, end);
  return {
    carriesFrames: false,
    send(message) {
      if (signal.aborted) return;
      queue.push(JSON.stringify(message));
      if (queue.length > MAX_QUEUED) end();
      else if (!isPosting) postAll().catch(end);
    },
    close: () => abort.abort(),
  };
}
