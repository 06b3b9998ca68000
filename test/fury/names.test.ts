import { expect, test } from "bun:test";
import * as scenecast from "../../src/index.ts";

/** Public classes of fury.stream with their members, from FURY's API reference. */
const CLASSES: Readonly<Record<string, string>> = {
  ArrayCircularQueue: "cleanup create_mem_resource dequeue enqueue load_mem_resource",
  FuryStreamClient: "cleanup start stop",
  FuryStreamInteraction: "cleanup start stop",
  IntervalTimer: "start stop",
  IntervalTimerThreading: "start stop",
  RawArrayImageBufferManager: "cleanup create_mem_resource load_mem_resource",
  SharedMemCircularQueue:
    "cleanup create_mem_resource dequeue enqueue is_unlocked load_mem_resource lock unlock",
  SharedMemImageBufferManager: "cleanup create_mem_resource load_mem_resource",
  RTCServer: "recv release",
  GenericCircularQueue:
    "cleanup create_mem_resource dequeue enqueue head load_mem_resource set_head_tail tail",
  GenericImageBufferManager:
    "async_get_jpeg buffer_index cleanup create_mem_resource get_current_frame get_jpeg load_mem_resource next_buffer_index write_into",
  GenericMultiDimensionalBuffer: "buffer cleanup create_mem_resource get_start_end load_mem_resource",
  RawArrayMultiDimensionalBuffer: "cleanup create_mem_resource load_mem_resource",
  SharedMemMultiDimensionalBuffer: "cleanup create_mem_resource load_mem_resource",
  Widget: "cleanup command_string display return_iframe run_command start stop url",
};

/** Public functions of fury.stream, and the handlers of its web server. */
const FUNCTIONS =
  "callback_stream_client interaction_callback web_server web_server_raw_array get_app index javascript mjpeg_handler offer on_shutdown set_mouse set_mouse_click set_weel websocket_handler remove_shm_from_resource_tracker check_port_is_available";

/** Names that are not the same in camelCase. Handlers belong to the app that `getApp` gives. */
const OTHERWISE: Readonly<Record<string, string | { why: string }>> = {
  set_weel: "setWheel",
  index: "ServerApp.index",
  mjpeg_handler: "ServerApp.mjpegHandler",
  websocket_handler: "ServerApp.websocketHandler",
  offer: "ServerApp.offer",
  on_shutdown: "ServerApp.onShutdown",
  javascript: { why: "the page carries its script inside, so no address serves one" },
  remove_shm_from_resource_tracker: { why: "only CPython removes segments that are another program's" },
};

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Whether the library exports it: a name, or a member of an exported class. */
function isThere(name: string): boolean {
  const [owner = "", member] = name.split(".");
  const value = (scenecast as Record<string, unknown>)[owner];
  if (member === undefined) return typeof value === "function";
  return (
    typeof value === "function" && (member in value.prototype || member in new (value as new () => object)())
  );
}

test("every public name of FURY's streaming system is exported in camelCase", () => {
  const names = [
    ...FUNCTIONS.split(" "),
    ...Object.entries(CLASSES).flatMap(([owner, members]) => [
      owner,
      ...members.split(" ").map((member) => `${owner}.${member}`),
    ]),
  ];
  const ours = names.map((name) => OTHERWISE[name] ?? camelCase(name));
  const missing = ours.filter((name) => typeof name === "string" && !isThere(name));
  expect(missing).toEqual([]);
  expect(Object.keys(OTHERWISE).filter((name) => !names.includes(name))).toEqual([]);
});
