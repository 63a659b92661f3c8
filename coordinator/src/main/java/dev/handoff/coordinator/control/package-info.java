/**
 * The control API: what an operator's command and the coordinator say to each other over the trigger socket, one JSON
 * object a line, with the Rust supervisor's line protocol beside it on the same socket. The types are values; sockets
 * are elsewhere. {@link dev.handoff.coordinator.control.ControlRequestCodec} and
 * {@link dev.handoff.coordinator.control.ControlReplyCodec} turn them into lines and back.
 *
 * <pre>
 * {"op":"swap","service":"kv","binary":"/opt/kv/2/kv",  ->  {"event":"accepted","handoff_id":"…","service":"kv"}
 *  "handoff_id":"…"}                                        {"event":"swap_ended","handoff_id":"…","outcome":"committed",…}
 *                                                       or  {"event":"busy","handoff_id":"…","phase":"…",…}
 * {"op":"abort","service":"kv"}                         ->  {"event":"aborted",…} or {"event":"not_aborted",…}
 * {"op":"status"}                                       ->  {"event":"status","coordinator_pid":…,"notes":[…],"services":[…]}
 * handoff /opt/kv/2/kv                                  ->  ok: handoff_id=… committed=true abort_reason=None
 * any                                                   ->  {"event":"refused","reason":"…"}, or  err: …
 * </pre>
 */
package dev.handoff.coordinator.control;
