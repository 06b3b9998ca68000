// Raises three kinds of uncaught errors, each twice, as a server might; exits with 0 when it has survived them.
import { configureLog } from "../../../src/cli/log.ts";
import { logUncaughtErrors } from "../../../src/cli/server-command.ts";

configureLog("info");
logUncaughtErrors();
for (let time = 0; time < 2; time++) {
  setTimeout(() => {
    throw new Error("in a timer");
  });
  queueMicrotask(() => {
    throw new Error("in a microtask");
  });
  void Promise.reject(new Error("in a promise"));
  await Bun.sleep(20);
}
