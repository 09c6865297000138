/**
 * COM_STMT_EXECUTE and MariaDB's COM_STMT_BULK_EXECUTE: where the types of their parameters stand, and how to add them. A
 * client sends them once and then leaves them out, counting on the server's memory; another server has not got it.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html
 */
import { CLIENT_QUERY_ATTRIBUTES } from "./capabilities.ts";
import { COM_STMT_BULK_EXECUTE } from "./commands.ts";
import { type Cursor, newCursor, readLenencInt, readUint8, readUint16, skip, skipLenenc } from "./cursor.ts";
import { ProtocolError } from "./errors.ts";

/** Flags of COM_STMT_EXECUTE that ask for a cursor: CURSOR_TYPE_READ_ONLY, CURSOR_TYPE_FOR_UPDATE, CURSOR_TYPE_SCROLLABLE. */
const CURSOR_TYPES = 0x07;
const PARAMETER_COUNT_AVAILABLE = 0x08;
/** Flag of COM_STMT_BULK_EXECUTE, in the lower of its two bytes. */
const BULK_SEND_TYPES = 0x80;

const PARAMETERS_MAX = 0xffff;

/** Of the execution that is being read: one for all, because there is one with every statement. */
const cursor: Cursor = newCursor(new Uint8Array());

/** Where the types of an execution's parameters stand, or would stand, counted from the start of its payload. */
export interface ExecuteTypes {
  /** The byte that says whether they do, and the bit of it. */
  flagAt: number;
  flag: number;
  hasTypes: boolean;
  typesAt: number;
  /** Behind the last type; `typesAt` when there are none. */
  typesEnd: number;
  /** The NULL bitmap; -1 where each value says whether it is NULL. */
  nullsAt: number;
  /** Of parameters, query attributes among them. */
  count: number;
  /** Each type is followed by a name. */
  hasNames: boolean;
}

/** True when the COM_STMT_EXECUTE whose payload is [payloadAt, end) asks for a cursor. */
export function asksForCursor(bytes: Uint8Array, payloadAt: number, end: number): boolean {
  const flagsAt = payloadAt + 5;
  return flagsAt < end && ((bytes[flagsAt] as number) & CURSOR_TYPES) !== 0;
}

/** A place to be filled by executeTypes(). */
export function newExecuteTypes(): ExecuteTypes {
  return { flagAt: 0, flag: 0, hasTypes: false, typesAt: 0, typesEnd: 0, nullsAt: -1, count: 0, hasNames: false };
}

/**
 * Finds the types in the payload [payloadAt, end) of an execution of a statement with `parameters` parameters, and fills
 * `place`. False where an execution has none.
 * @throws ProtocolError when they point past the payload.
 */
export function executeTypes(
  place: ExecuteTypes,
  bytes: Uint8Array,
  payloadAt: number,
  end: number,
  parameters: number,
  capabilities: number,
): boolean {
  cursor.bytes = bytes;
  cursor.at = payloadAt;
  cursor.end = end;
  const hasTypes = findTypes(place, parameters, capabilities);
  if (place.nullsAt >= 0) place.nullsAt -= payloadAt;
  place.flagAt -= payloadAt;
  place.typesAt -= payloadAt;
  place.typesEnd -= payloadAt;
  return hasTypes;
}

function findTypes(place: ExecuteTypes, parameters: number, capabilities: number): boolean {
  if (readUint8(cursor, "command") === COM_STMT_BULK_EXECUTE) return bulkTypes(place, parameters);
  skip(cursor, 4, "statement id");
  const flags = readUint8(cursor, "flags");
  skip(cursor, 4, "iteration count");
  const hasNames = (capabilities & CLIENT_QUERY_ATTRIBUTES) !== 0;
  if (parameters === 0 && !(hasNames && (flags & PARAMETER_COUNT_AVAILABLE) !== 0)) return false;
  const count = hasNames ? readLenencInt(cursor, "parameter count") : parameters;
  if (count === 0) return false;
  if (count > PARAMETERS_MAX) throw new ProtocolError(`${count} parameters are more than the protocol allows`);
  place.nullsAt = cursor.at;
  skip(cursor, (count + 7) >> 3, "NULL bitmap");
  place.flagAt = cursor.at;
  place.flag = 1;
  place.hasTypes = readUint8(cursor, "new_params_bind_flag") === 1;
  fillTypes(place, count, hasNames);
  return true;
}

function bulkTypes(place: ExecuteTypes, count: number): boolean {
  skip(cursor, 4, "statement id");
  place.nullsAt = -1;
  place.flagAt = cursor.at;
  place.flag = BULK_SEND_TYPES;
  place.hasTypes = (readUint16(cursor, "bulk flags") & BULK_SEND_TYPES) !== 0;
  if (count === 0) return false;
  fillTypes(place, count, false);
  return true;
}

function fillTypes(place: ExecuteTypes, count: number, hasNames: boolean): void {
  place.count = count;
  place.hasNames = hasNames;
  place.typesAt = cursor.at;
  if (place.hasTypes) skipTypes(cursor, count, hasNames);
  place.typesEnd = cursor.at;
}

function skipTypes(at: Cursor, count: number, hasNames: boolean): void {
  if (!hasNames) return skip(at, count * 2, "parameter types");
  for (let i = 0; i < count; i++) {
    skip(at, 2, "parameter type");
    skipLenenc(at, "parameter name");
  }
}

/** The payload with `types` at the place of those that it leaves out: a copy. */
export function withTypes(payload: Uint8Array, place: ExecuteTypes, types: Uint8Array): Uint8Array {
  const longer = new Uint8Array(payload.length + types.length);
  longer.set(payload.subarray(0, place.typesAt));
  longer.set(types, place.typesAt);
  longer.set(payload.subarray(place.typesAt), place.typesAt + types.length);
  longer[place.flagAt] = (longer[place.flagAt] as number) | place.flag;
  return longer;
}

/** The first `count` of the types that an execution has sent, or null when it has sent fewer. */
export function firstTypes(types: Uint8Array, count: number, capabilities: number): Uint8Array | null {
  const at = newCursor(types);
  const hasNames = (capabilities & CLIENT_QUERY_ATTRIBUTES) !== 0;
  try {
    skipTypes(at, count, hasNames);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
  return types.subarray(0, at.at);
}
