import { getLogger } from "@logtape/logtape";
import { inBackground } from "../native/guarded.ts";
import { Emitter } from "../scene/emitter.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { makeToken } from "../server/access/credentials.ts";
import { isLocalHost, pageUrl } from "../server/access/host-names.ts";
import { FuryStreamClient, FuryStreamInteraction } from "./fury-stream.ts";
import { AdvertisedAddress, checkPortIsAvailable, findFreePort } from "./widget-address.ts";
import { iframeHtml, JUPYTER_DISPLAY, type MimeBundle, type NotebookOutput } from "./widget-iframe.ts";
import {
  findScenecast,
  type Program,
  type ReadyServer,
  shellLine,
  WidgetError,
  WidgetServer,
} from "./widget-server.ts";

const log = getLogger(["scenecast", "widget"]);

/** Maximum number of ports tried at a start. Another program may take one between the choice and the listen; FURY tries 50 times. */
const MAX_PORT_TRIES = 50;

export interface WidgetOptions {
  /** Interval at which the newest frame is written for the server, ms; 0: after every render. Default 33. */
  msStream?: number;
  /** Interval of polling events while no server wakes the widget, ms. Default 33. */
  msInteraction?: number;
  /** Address that the server listens on. Default "localhost"; any other requires a token. */
  host?: string;
  /** Port that the server listens on. Default: a free one, as in FURY also if another program holds this port. */
  port?: number;
  /**
   * The transport that the page uses, FURY's query key; if the server does not provide it, the page says so and uses
   * another. With "mjpeg" the server accepts no WebRTC offers. Default "mjpeg", and "auto" behind a proxy, because
   * jupyter-server-proxy does not pass MJPEG streams.
   */
  encoding?: "mjpeg" | "jpeg" | "video" | "webrtc" | "auto";
  /** Minimum interval between two frames of the MJPEG stream, ms. Default 33. */
  msJpeg?: number;
  /** Maximum number of events in the queue. Default 20. */
  queueSize?: number;
  /**
   * URL of the server for browsers that reach it only through a proxy, with "{port}" for the port:
   * "https://code.example.org/proxy/{port}/", or a path on the site of the notebook, "/user/me/proxy/{port}/".
   * Default: JupyterHub's JUPYTERHUB_SERVICE_PREFIX followed by jupyter-server-proxy's path, else code-server's
   * VSCODE_PROXY_URI, else the address that the server listens on. Unlike Python's widget, the page does not probe them.
   */
  advertisedUrl?: string;
  /**
   * The token that viewers need; 8 to 256 letters, digits and . _ ~ - characters. It is part of `url`. Default: generated
   * if `host` is not a loopback address, or if there is a proxy, because other users may then share this machine; else none.
   */
  token?: string;
}

export interface WidgetEvents {
  /** The server ended unexpectedly; the event is a description of how. `start` or `runCommand` start another. */
  serverEnd: string;
}

interface Streams {
  readonly client: FuryStreamClient<false>;
  readonly interaction: FuryStreamInteraction<false>;
  /** Releases both. */
  readonly opened: DisposableStack;
  /** Whether frames are written. Before that there is only the shared memory that the command names. */
  isStarted: boolean;
}

/**
 * FURY's Widget: a show on a page for an iframe in notebooks and other pages. Frames go through shared memory to a server
 * in a separate process, which ends with this one.
 */
export class Widget implements Disposable, AsyncDisposable, NotebookOutput {
  readonly #show: ShowManager;
  readonly #options: WidgetOptions;
  readonly #host: string;
  readonly #encoding: string;
  readonly #advertised: AdvertisedAddress | undefined;
  readonly #program: Program;
  readonly #events = new Emitter<WidgetEvents>();
  #streams: Streams | undefined;
  #server: WidgetServer | undefined;
  /** The ready line of the server. */
  #ready: ReadyServer | undefined;
  /** Settles after the previous server has ended. */
  #gone: Promise<void> = Promise.resolve();
  /** Port of the last server, or the port chosen for the next one when `url` or `commandString` was read; 0 before that. */
  #port = 0;
  /** Unchanged by restarts, so that open pages can connect to the next server. */
  readonly #token: string | undefined;
  /** The last start; each waits for the one before. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Aborted by `stop` and `cleanup`, for pending starts. */
  #stopping = new AbortController();

  /**
   * @throws WidgetError "bad-address", "no-program"; RangeError for an invalid port
   */
  constructor(show: ShowManager, options: WidgetOptions = {}) {
    const { host = "localhost", port = 0, advertisedUrl } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new RangeError(`A port is a whole number from 0 to 65535; it is ${port}.`);
    }
    this.#show = show;
    this.#options = options;
    this.#host = host;
    this.#advertised =
      advertisedUrl === undefined
        ? AdvertisedAddress.ofEnvironment(process.env)
        : new AdvertisedAddress(advertisedUrl);
    this.#encoding = options.encoding ?? (this.#advertised ? "auto" : "mjpeg");
    const isShared = this.#advertised !== undefined || !isLocalHost(host);
    this.#token = options.token ?? (process.env.SCENECAST_TOKEN || (isShared ? makeToken() : undefined));
    this.#program = findScenecast();
  }

  /** Whether its server runs. */
  get running(): boolean {
    return this.#ready !== undefined;
  }

  /**
   * The URL of the page for an iframe, with FURY's query, and the token if one is needed. A path if only the path of a proxy
   * is known. Before the start: the URL that the server will have, unless another program takes the port first.
   */
  get url(): string {
    const port = this.#ready?.port ?? this.#choosePort();
    const token = this.#token;
    const query = { iframe: "1", encoding: this.#encoding, ...(token !== undefined && { token }) };
    if (this.#advertised) return this.#advertised.of(port, query);
    const listening = new URL(this.#ready?.url ?? pageUrl("http", this.#host, port, undefined));
    for (const [key, value] of Object.entries(query)) listening.searchParams.set(key, value);
    return listening.href;
  }

  /**
   * The command that `runCommand` runs, as one line for a shell. The token is not part of it, but in the environment
   * variable SCENECAST_TOKEN. Reading it before the start creates the shared memory that it names, which `stop` removes;
   * frames are written only after the start.
   * @throws the errors of FuryStreamClient and FuryStreamInteraction
   */
  get commandString(): string {
    this.#streams ??= this.#open();
    return shellLine(this.#command(this.#streams, this.#ready?.port ?? this.#choosePort()));
  }

  /**
   * Starts the stream of the show, and the server. If started already, restarts both at the same address.
   * @param useAsyncio timers on the event loop instead of a native thread, see FuryStreamClient.start
   * @returns the URL of the page
   * @throws WidgetError "server-failed", "stopped"; the errors of FuryStreamClient and FuryStreamInteraction. The shared
   *   memory is removed then.
   */
  start(useAsyncio = false): Promise<string> {
    return this.#inTurn(async (stopping) => {
      if (this.#streams?.isStarted) this.#closeStreams();
      await this.#endServer();
      try {
        this.#streams ??= this.#open();
        this.#startStreams(this.#streams, useAsyncio);
        return await this.#serve(this.#streams, stopping);
      } catch (error) {
        this.#closeStreams();
        throw error;
      }
    });
  }

  /**
   * Starts or restarts the server of a started widget, for example after it has died.
   * @returns the URL of the page
   * @throws WidgetError "not-started", "server-failed", "stopped"
   */
  runCommand(): Promise<string> {
    return this.#inTurn(async (stopping) => {
      const streams = this.#streams;
      if (!streams?.isStarted) {
        throw new WidgetError(
          "runCommand requires a started widget: call start() first, and await it.",
          "not-started",
        );
      }
      await this.#endServer();
      return this.#serve(streams, stopping);
    });
  }

  /**
   * Stops the stream: ends the server, which informs its viewers, and removes the shared memory; the show stays. Settles
   * after the server has ended, within 2 s. May be called twice.
   * @returns false if it was stopped already
   */
  async stop(): Promise<boolean> {
    const stopped = this.#streams?.isStarted ?? false;
    const starts = this.#turn;
    this.cleanup();
    await this.#gone;
    await starts;
    return stopped;
  }

  /**
   * Like `stop`, but synchronous: the shared memory is removed when it returns, and the server ends within 2 s. May be
   * called twice.
   */
  cleanup(): void {
    this.#stopping.abort();
    this.#stopping = new AbortController();
    inBackground("The widget's server could not be ended", this.#endServer());
    this.#closeStreams();
  }

  /**
   * The HTML of an iframe with the page.
   * @param height px. Default 200.
   * @throws RangeError for a height that is not above 0
   */
  returnIframe(height = 200): string {
    return iframeHtml(this.url, height);
  }

  /**
   * Starts the widget if its server does not run, and returns an object that a JavaScript notebook kernel displays as the
   * page in an iframe.
   * @param height px. Default 150.
   * @throws as `start`; RangeError for a height that is not above 0
   */
  async display(height = 150): Promise<NotebookOutput> {
    if (!this.running) await this.start();
    const bundle = { "text/html": this.returnIframe(height) };
    return { [JUPYTER_DISPLAY]: () => bundle };
  }

  /** Displays the widget as the value of a notebook cell, like `display()`. */
  async [JUPYTER_DISPLAY](): Promise<MimeBundle> {
    return (await this.display())[JUPYTER_DISPLAY]();
  }

  /** @returns a function that removes the listener */
  on<Name extends keyof WidgetEvents>(name: Name, listener: (event: WidgetEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #open(): Streams {
    const { queueSize = 20 } = this.#options;
    using opening = new DisposableStack();
    const client = opening.use(
      new FuryStreamClient(this.#show, { useRawArray: false, withoutIrenStart: true }),
    );
    const interaction = opening.use(
      new FuryStreamInteraction(this.#show, {
        maxQueueSize: queueSize,
        useRawArray: false,
        withoutIrenStart: true,
        imageBufferManager: client.imageBufferManager,
      }),
    );
    return { client, interaction, opened: opening.move(), isStarted: false };
  }

  #startStreams(streams: Streams, useAsyncio: boolean): void {
    const { msStream = 33, msInteraction = 33 } = this.#options;
    streams.isStarted = true;
    streams.interaction.start(msInteraction, useAsyncio);
    streams.client.start(msStream, useAsyncio);
  }

  /** Starts the server and waits until it is ready. */
  async #serve(streams: Streams, stopping: AbortSignal): Promise<string> {
    for (let tries = 1; ; tries++) {
      if (stopping.aborted) throw stopped();
      const port = this.#choosePort();
      try {
        return await this.#serveOn(port, streams, stopping);
      } catch (error) {
        // Retried only if another program has taken the port since it was chosen.
        if (tries === MAX_PORT_TRIES || stopping.aborted || checkPortIsAvailable(this.#host, port))
          throw error;
      }
    }
  }

  async #serveOn(port: number, streams: Streams, stopping: AbortSignal): Promise<string> {
    const token = this.#token;
    const server = new WidgetServer(this.#command(streams, port), this.#program.folder, {
      ...(token !== undefined && { SCENECAST_TOKEN: token }),
    });
    this.#server = server;
    inBackground(
      "The end of the widget's server could not be handled",
      server.ended.then((how) => this.#serverEnded(server, how)),
    );
    const ready = await server.ready();
    if (stopping.aborted) throw stopped();
    this.#ready = ready;
    this.#port = ready.port;
    return this.url;
  }

  #serverEnded(server: WidgetServer, how: string): void {
    if (this.#server !== server) return;
    const wasReady = this.running;
    this.#server = undefined;
    this.#ready = undefined;
    if (!wasReady) return;
    log.warning`The widget's server stopped: ${how}. runCommand() starts it again.`;
    this.#events.emit("serverEnd", how);
  }

  #command({ client, interaction }: Streams, port: number): string[] {
    const { image_buffer_names, info_buffer_name } = client.imageBufferManager.names;
    const { queue_buffer_name, queue_head_tail_buffer_name } = interaction.circularQueue.names;
    const { msJpeg = 33 } = this.#options;
    const origin = this.#advertised?.origin;
    return [
      ...[...this.#program.argv, "serve", "--json"],
      ...["--image-buffers", image_buffer_names.join(","), "--info-buffer", info_buffer_name],
      ...["--queue-buffer", queue_buffer_name, "--queue-head-tail", queue_head_tail_buffer_name],
      ...["--host", this.#host, "--port", String(port)],
      ...["--ms-jpeg", String(msJpeg), ...(this.#encoding === "mjpeg" ? ["--no-webrtc"] : [])],
      ...(origin === undefined ? [] : ["--allow-origin", origin]),
    ];
  }

  /** Chooses the port of the next server: the given one, else that of the last server, else any free one. */
  #choosePort(): number {
    const { port: given = 0 } = this.#options;
    const chosen = findFreePort(this.#host, [given, this.#port]);
    if (given > 0 && chosen !== given && chosen !== this.#port) {
      log.warning`Port ${given} on ${this.#host} is in use by another program; the widget uses port ${chosen}.`;
    }
    this.#port = chosen;
    return chosen;
  }

  #closeStreams(): void {
    const streams = this.#streams;
    this.#streams = undefined;
    streams?.opened.dispose();
  }

  #endServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#ready = undefined;
    if (server !== undefined) this.#gone = server.stop();
    return this.#gone;
  }

  /** Runs `action` after the previous ones, unless the widget is stopped before. */
  #inTurn<Result>(action: (stopping: AbortSignal) => Promise<Result>): Promise<Result> {
    const stopping = this.#stopping.signal;
    const turn = this.#turn.then(() => {
      if (stopping.aborted) throw stopped();
      return action(stopping);
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function stopped(): WidgetError {
  return new WidgetError("The widget was stopped before it was started.", "stopped");
}
