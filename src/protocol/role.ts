/** What a token allows: to see and steer, or to see only. */
export type Role = "control" | "view";
