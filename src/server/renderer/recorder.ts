import type { RecordingRequest, RecordingStatus } from "../../protocol/recording.ts";

/** Makes pictures and films of the scene beside the live view, one at a time. */
export interface Recorder {
  /** The newest recording; undefined if there is none. */
  readonly status: RecordingStatus | undefined;
  /** Begins a recording, which replaces a finished one. @throws RecordingError */
  start(request: RecordingRequest): RecordingStatus;
  /** Ends the capturing of what is done; its pictures are then rendered. @throws RecordingError */
  stop(): RecordingStatus;
  /** Ends the recording and removes its file. */
  cancel(): void;
  /** The file of a recording that is done. */
  readonly file: Blob | undefined;
}

/** Why a recording was refused. The message is a sentence for the viewer. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";

  /** `status` of HTTP: 400 for a request that is not valid, 409 if another recording is in progress, 503 if there is no space for it. */
  constructor(
    readonly status: 400 | 409 | 503,
    message: string,
  ) {
    super(message);
  }
}
