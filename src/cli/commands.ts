/**
 * Imports of the commands, each when it runs. In an executable this module is an entry point of its own (scripts/build.ts), which
 * `--version`, `--help` and wrong usage do not load.
 */
export const commands = {
  view: () => import("./view.ts"),
  serve: () => import("./serve.ts"),
  render: () => import("./render-start.ts"),
  record: () => import("./record.ts"),
  init: () => import("./init.ts"),
  info: () => import("./info.ts"),
  doctor: () => import("./doctor.ts"),
  python: () => import("./python.ts"),
  licenses: () => import("./licenses.ts"),
  recording: () => import("./recording-process.ts"),
  renderer: () => import("./renderer-start.ts"),
};
