import { QUERY } from "../../protocol/paths.ts";
import type { Admission } from "../access/admission.ts";
import type { Hub } from "../hub.ts";
import { jsonResponse, textResponse } from "./responses.ts";
import { READ_METHODS, type Route } from "./route.ts";

const STATUS = { "too-many": 429, "not-supported": 404, failed: 503 } as const;

/** `/pick?x=0.5&y=0.5`: what the view shows at a place, as JSON (PickResult). */
export function pickRoute(hub: Hub, admission: Admission): Route {
  return {
    methods: READ_METHODS,
    async handle(call) {
      const [x, y] = [QUERY.x, QUERY.y].map((key) => fraction(call.url.searchParams.get(key)));
      if (x === undefined || y === undefined) {
        const example = `?${QUERY.x}=0.5&${QUERY.y}=0.5`;
        return textResponse(
          400,
          `${QUERY.x} and ${QUERY.y} must be fractions of the view from its upper left corner, 0 to 1: ${example}.`,
        );
      }
      const refusal = admission.refusePick(call);
      if (refusal !== null) return refusal;
      const { error, result } = await hub.commands.execute({ type: "pick", x, y }, call.role);
      if (error === undefined) return jsonResponse(result ?? { layer: null, facts: [] });
      const status = error.code in STATUS ? STATUS[error.code as keyof typeof STATUS] : 503;
      return textResponse(status, error.message);
    },
  };
}

function fraction(text: string | null): number | undefined {
  // Number("") is 0.
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : undefined;
}
