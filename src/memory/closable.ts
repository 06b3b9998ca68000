/** A running activity, such as a watch or a timer, that is ended by `close()`. Closing it again does nothing. */
export interface Closable {
  close(): void;
}
