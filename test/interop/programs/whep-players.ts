/** WHEP players of other projects, bundled into the page of test/interop/whep-player-page.ts. */
import { WebRTCPlayer } from "@eyevinn/webrtc-player";
import { MediaMTXWebRTCReader } from "mediamtx-webrtc-react";
import { WHEPClient } from "whip-whep/whep.js";

/** Shows the video of a WHEP endpoint. @returns a function that stops it */
type Player = (
  video: HTMLVideoElement,
  endpoint: string,
  token: string,
  onError: (error: string) => void,
) => Promise<() => Promise<void> | void>;

const players: Record<string, Player> = {
  async "@eyevinn/webrtc-player"(video, endpoint, token, onError) {
    const player = new WebRTCPlayer({ video, type: "whep", iceServers: [] });
    for (const event of ["initial-connection-failed", "connect-error"])
      player.on(event, () => onError(event));
    await player.load(new URL(endpoint), `Bearer ${token}`);
    return () => player.unload();
  },
  async "whip-whep"(video, endpoint, token) {
    const connection = new RTCPeerConnection();
    for (const kind of ["audio", "video"]) connection.addTransceiver(kind, { direction: "recvonly" });
    connection.addEventListener("track", ({ streams: [stream] }) => {
      if (stream !== undefined) video.srcObject = stream;
    });
    const client = new WHEPClient();
    await client.view(connection, endpoint, token);
    return () => client.stop();
  },
  // The reader of MediaMTX's own page.
  async "mediamtx-webrtc-react"(video, endpoint, token, onError) {
    const reader = new MediaMTXWebRTCReader({
      url: endpoint,
      token,
      onError,
      onTrack: ({ streams: [stream] }) => {
        if (stream !== undefined) video.srcObject = stream;
      },
    });
    return () => reader.close();
  },
};

Object.assign(globalThis, { players });
