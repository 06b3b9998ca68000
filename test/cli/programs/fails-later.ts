/** Loaded before the program: errors that nothing catches, in a timer and in a promise, once the program listens for them. */
const listens = () => process.listenerCount("unhandledRejection") > 0;
setInterval(() => {
  if (listens()) throw new Error("thrown in a timer");
}, 50).unref();
setInterval(() => {
  if (listens()) void Promise.reject(new RangeError("rejected in the background"));
}, 50).unref();
