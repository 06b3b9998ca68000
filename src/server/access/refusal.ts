/** Why a request is refused: HTTP status, and a message for a person. */
export interface Refusal {
  status: 401 | 403 | 429;
  message: string;
  headers?: Record<string, string>;
}
