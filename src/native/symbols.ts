import { dlopen, FFIType, type Pointer } from "bun:ffi";
import { constants } from "node:os";
import { NativeLibraryError } from "./errors.ts";
import { nativeLibraryPath } from "./libraries.ts";

/** Error codes of native/scenecast.h. */
export const CODE = { changed: -7, full: -6 } as const;

/** Modes of native/word_watch.h. */
export const WATCH_MODE = { futex: 0, poll: 1 } as const;

/** Byte offsets in sc_pool_result_s of native/worker_pool.h. */
export const POOL_RESULT = { id: 0, result: 4, outputSize: 8, output: 16, message: 24, bytes: 280 } as const;

/** Byte offsets in sc_vp8_info_s of native/vp8.h. */
export const VP8_INFO = { keyframe: 0, quantizer: 4, encodeMs: 8, bytes: 16 } as const;

// A u64 argument accepts a number up to 2^53; a BigInt makes the call ten times slower.
const SYMBOLS = {
  sc_error_code: { args: [], returns: "i32" },
  sc_error_errno: { args: [], returns: "i32" },
  sc_error_message: { args: [], returns: "cstring" },

  sc_egl_warm_up: { args: ["u64", "u64"], returns: "i32" },
  sc_egl_warm_up_join: { args: [], returns: "void" },

  sc_shm_create: { args: ["ptr", "u64"], returns: "ptr" },
  sc_shm_attach: { args: ["ptr", "u64", "i32"], returns: "ptr" },
  sc_shm_address: { args: ["ptr"], returns: "ptr" },
  sc_shm_size: { args: ["ptr"], returns: FFIType.u64_fast },
  sc_shm_name: { args: ["ptr"], returns: "cstring" },
  sc_shm_reserve: { args: ["ptr", "u64"], returns: "i32" },
  sc_shm_is_current: { args: ["ptr"], returns: "i32" },
  sc_shm_is_abandoned: { args: ["ptr"], returns: "i32" },
  sc_shm_unlink: { args: ["ptr"], returns: "i32" },
  sc_shm_retain_view: { args: ["ptr"], returns: "void" },
  sc_shm_view_deallocator: { args: [], returns: "ptr" },
  sc_shm_close: { args: ["ptr"], returns: "void" },
  sc_shm_sweep: { args: ["ptr", "u64"], returns: "i32" },

  sc_local_create: { args: ["ptr", "u64"], returns: "ptr" },
  sc_local_destroy: { args: ["ptr"], returns: "void" },

  sc_head_tail_replace: { args: ["ptr", "i32", "i32", "i32", "i32", "i32"], returns: "i32" },

  sc_copy_sequenced: { args: ["ptr", "u64", "ptr", "u64", "u64", "ptr", "u64"], returns: "i32" },
  sc_copy_indexed: {
    args: ["ptr", "u64", "ptr", "u64", "u64", "ptr", "u64", "u64", "u32", "u32"],
    returns: "i32",
  },
  sc_pixels_halve: { args: ["ptr", "u64", "ptr", "u64", "u32", "u32"], returns: "i32" },
  sc_pixels_pack_rgb: { args: ["ptr", "u64", "ptr", "u64", "u32", "u32"], returns: "i32" },

  sc_rows_read: {
    args: ["ptr", "u64", "u64", "u64", "i32", "i32", "u64", "f64", "i32", "ptr", "u64", "u64"],
    returns: "i32",
  },
  sc_rows_read_triangles: {
    args: ["ptr", "u64", "u64", "u64", "i32", "i32", "ptr", "u64", "ptr"],
    returns: "i32",
  },

  sc_trk_parse: {
    args: ["ptr", "u64", "ptr", "ptr", "u64", "ptr", "u64", "ptr", "ptr"],
    returns: FFIType.i64_fast,
  },

  sc_tck_parse: { args: ["ptr", "u64", "ptr", "ptr", "u64", "ptr", "u64"], returns: FFIType.i64_fast },

  sc_stl_parse: { args: ["ptr", "u64", "ptr", "i32", "ptr", "u64", "ptr"], returns: "i32" },
  sc_ply_parse: { args: ["ptr", "u64", "u64", "ptr", "u64", "ptr", "ptr"], returns: "i32" },
  sc_obj_parse: { args: ["ptr", "ptr", "u64"], returns: "i32" },

  sc_turbojpeg_load: { args: ["ptr"], returns: "i32" },
  sc_jpeg_encode_sync: {
    args: ["ptr", "u64", "i32", "i32", "i32", "i32", "i32", "i32", "ptr"],
    returns: "ptr",
  },
  sc_jpeg_take: { args: ["ptr", "ptr", "u64"], returns: "i32" },
  sc_jpeg_read_size: { args: ["ptr", "u64", "u64", "ptr"], returns: "i32" },
  sc_jpeg_decode: { args: ["ptr", "u64", "ptr", "u64"], returns: "i32" },

  sc_signal_create: { args: ["function"], returns: "ptr" },
  sc_signal_clear: { args: ["ptr"], returns: "void" },
  sc_pool_create: { args: ["i32", "ptr"], returns: "ptr" },
  sc_pool_destroy: { args: ["ptr"], returns: "void" },
  sc_pool_take: { args: ["ptr", "ptr"], returns: "i32" },
  sc_jpeg_submit: {
    args: ["ptr", "u32", "ptr", "u64", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    returns: "i32",
  },
  sc_png_submit: {
    args: ["ptr", "u32", "ptr", "u64", "i32", "i32", "i32", "i32", "i32", "ptr", "u64"],
    returns: "i32",
  },
  sc_vp8_stream_open: { args: ["ptr", "i32"], returns: "ptr" },
  sc_vp8_stream_close: { args: ["ptr", "ptr"], returns: "i32" },
  sc_vp8_submit: {
    args: ["ptr", "ptr", "u32", "ptr", "u64", "i32", "i32", "i32", "i32", "i32", "i32", "i64"],
    returns: "i32",
  },
  sc_vp8_take: { args: ["ptr", "ptr", "u64", "ptr"], returns: "i32" },
  sc_watch_create: { args: ["ptr", "u64", "i32", "ptr"], returns: "ptr" },
  sc_watch_destroy: { args: ["ptr"], returns: "void" },
  sc_watch_take: { args: ["ptr", "ptr"], returns: "i32" },
  sc_word_wake: { args: ["ptr", "u64"], returns: "i32" },
  sc_timer_create: { args: ["i64", "ptr"], returns: "ptr" },
  sc_timer_destroy: { args: ["ptr"], returns: "void" },
  sc_timer_take: { args: ["ptr"], returns: "i32" },

  sc_process_die_with_parent: { args: ["i32"], returns: "i32" },
  sc_process_exit_after_hangup: { args: ["i32", "i32"], returns: "i32" },
  sc_stall_guard_arm: { args: ["i32", "ptr"], returns: "i32" },
  sc_stall_guard_disarm: { args: [], returns: "i32" },
  sc_process_set_listener_options: { args: ["i32", "i32", "i32"], returns: "i32" },

  sc_records_index: {
    args: ["ptr", "u64", "u64", "u64", "u64", "ptr", "ptr", "u64", "u64", "ptr", "u64"],
    returns: FFIType.i64_fast,
  },
  sc_mesh_weld: { args: ["ptr", "u64", "ptr"], returns: FFIType.i64_fast },
  sc_mesh_weld_indexed: { args: ["ptr", "u64", "ptr", "u64"], returns: FFIType.i64_fast },
  sc_mesh_project: { args: ["ptr", "u64", "ptr", "u32", "u32", "ptr"], returns: "i32" },
  sc_mesh_sampled: {
    args: ["ptr", "u64", "ptr", "u64", "u32", "u32", "ptr"],
    returns: FFIType.i64_fast,
  },
  sc_surface_create: { args: ["ptr", "u64", "ptr", "u64", "i32", "ptr"], returns: "ptr" },
  sc_surface_is_watertight: { args: ["ptr"], returns: "i32" },
  sc_surface_appended: { args: ["ptr"], returns: "u32" },
  sc_surface_copy: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i32" },
  sc_surface_destroy: { args: ["ptr"], returns: "void" },
  sc_mesh_cluster: {
    args: ["ptr", "u64", "ptr", "ptr", "u64", "ptr", "u64", "ptr"],
    returns: FFIType.i64_fast,
  },
  sc_mesh_order: { args: ["ptr", "u64", "ptr", "u64", "ptr", "ptr"], returns: "i32" },
  sc_mesh_chunk_bounds: { args: ["ptr", "u64", "ptr", "u64", "u64", "ptr", "u64"], returns: "i32" },
  sc_world_points: { args: ["ptr", "i32", "u64", "ptr", "ptr"], returns: FFIType.i64_fast },
  sc_world_bounds: { args: ["ptr", "u64", "ptr"], returns: "void" },
  sc_mesh_compact: { args: ["ptr", "u64", "u64", "ptr"], returns: FFIType.i64_fast },
  sc_mesh_bounds: { args: ["ptr", "u64", "ptr"], returns: "i32" },
  sc_mesh_extremes: { args: ["ptr", "u64", "ptr", "ptr", "u64"], returns: "i32" },

  sc_outer_faces_create: { args: ["ptr", "u64", "ptr", "ptr", "u64", "u64", "ptr"], returns: "ptr" },
  sc_outer_faces_count: { args: ["ptr"], returns: FFIType.u64_fast },
  sc_outer_faces_invalid_cells: { args: ["ptr"], returns: FFIType.u64_fast },
  sc_outer_faces_copy: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i32" },
  sc_outer_faces_destroy: { args: ["ptr"], returns: "void" },

  sc_splat_cells: { args: ["ptr"], returns: FFIType.u64_fast },
  sc_splat_clear: { args: ["ptr", "ptr", "u64"], returns: "i32" },
  sc_splat_add: {
    args: ["ptr", "ptr", "u64", "ptr", "u64", "u64", "u64", "u32", "ptr", "ptr"],
    returns: "i32",
  },
  sc_splat_resolve: { args: ["ptr", "ptr", "u64", "ptr", "ptr", "u64", "ptr", "u64"], returns: "i32" },
  sc_lines_add: { args: ["ptr", "ptr", "u64", "ptr", "u64", "u64", "ptr", "ptr"], returns: "i32" },
  sc_lines_resolve: {
    args: ["ptr", "ptr", "u64", "ptr", "ptr", "ptr", "ptr", "ptr", "u64"],
    returns: "i32",
  },
  sc_lines_sample: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i32" },
  sc_lines_in_mask: { args: ["ptr", "ptr", "i32", "ptr", "u64"], returns: "i32" },
  sc_lines_lengths: { args: ["ptr", "ptr", "u64"], returns: "i32" },
  sc_lines_means: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i32" },
  sc_lines_any: { args: ["ptr", "ptr", "u64", "ptr", "u64"], returns: "i32" },
  sc_lines_in_sphere: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i32" },
  sc_lines_in_box: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i32" },
  sc_lines_mark_slab: { args: ["ptr", "i32", "f64", "f64", "ptr", "u64"], returns: "i32" },
  sc_values_mark: { args: ["ptr", "f64", "f64", "ptr", "u64"], returns: "i32" },
  sc_splat_pack_colors: { args: ["ptr", "u64", "ptr", "u64"], returns: "i32" },

  sc_volume_range: { args: ["ptr", "u64", "i32", "ptr"], returns: "i32" },
  sc_volume_slice: {
    args: ["ptr", "u64", "i32", "ptr", "u64", "ptr", "i32", "u32", "u32", "ptr", "u64"],
    returns: "i32",
  },
  sc_bricks_count: { args: ["ptr"], returns: FFIType.u64_fast },
  sc_bricks_fill: {
    args: ["ptr", "u64", "i32", "ptr", "u64", "f64", "f64", "f64", "f64", "ptr", "u64", "ptr", "ptr", "u64"],
    returns: "i32",
  },
  sc_bricks_distances: { args: ["ptr", "ptr", "ptr", "u64", "ptr", "ptr"], returns: "i32" },
  sc_cast_rows: {
    args: [
      "ptr",
      "u64",
      "ptr",
      "ptr",
      "ptr",
      "u64",
      "ptr",
      "ptr",
      "u32",
      "u32",
      "u32",
      "u32",
      "ptr",
      "ptr",
      "u64",
    ],
    returns: "i32",
  },
  sc_iso_create: { args: ["ptr", "u64", "i32", "ptr", "u64", "ptr"], returns: "ptr" },
  sc_iso_destroy: { args: ["ptr"], returns: "void" },
  sc_iso_vertices: { args: ["ptr"], returns: FFIType.u64_fast },
  sc_iso_triangles: { args: ["ptr"], returns: FFIType.u64_fast },
  sc_iso_copy: { args: ["ptr", "ptr", "ptr", "u64", "ptr", "u64"], returns: "i32" },

  sc_gate_create: { args: ["i32", "ptr"], returns: "ptr" },
  sc_gate_check: { args: ["ptr"], returns: "i32" },
  sc_gate_destroy: { args: ["ptr"], returns: "void" },
} as const;

/** An opaque object of the C library. */
export type Handle = Pointer;

function open() {
  const path = nativeLibraryPath();
  try {
    return dlopen(path, SYMBOLS).symbols;
  } catch (error) {
    throw new NativeLibraryError(
      `Cannot load ${path}: ${error instanceof Error ? error.message : error}. ` +
        "In a clone, run: node scripts/build-native.mjs",
    );
  }
}

let opened: ReturnType<typeof open> | undefined;

/** The C library's functions; loaded at the first call. */
export function native(): ReturnType<typeof open> {
  opened ??= open();
  return opened;
}

/** The last error of the C library on this thread. */
export function lastError(): { message: string; code: string | undefined } {
  const errno = native().sc_error_errno();
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0];
  return { message: native().sc_error_message() ?? "unknown error", code };
}

/** The last error of the C library on this thread, to be thrown. */
export function lastNativeError(): NativeLibraryError {
  return new NativeLibraryError(`${lastError().message}.`);
}

/** Converts an address returned by bun:ffi; user addresses fit into a number on 64-bit Linux. */
export function toPointer(address: Pointer | bigint | null): Pointer | null {
  return typeof address === "bigint" ? (Number(address) as Pointer) : address;
}

/** A null-terminated string for C. */
export function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}
