/** How a rule is called and how it refuses; additions of ours, the same in TrafficStrategy and ProxyConfig. */
import * as v from "valibot";
import { nonEmptyText, wholeNumber } from "./fields.ts";

export const ruleName = nonEmptyText("the rule's name, shown in refusals, logs and metrics");
export const refusalCode = wholeNumber("error number that the client gets", 1, 65_535);
export const refusalSqlState = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Z]{5}$/, "must be five digits or capital letters"),
  v.description("SQLSTATE that the client gets, such as 08S01"),
);
/** MYSQL_ERRMSG_SIZE: clients keep no more. */
export const refusalMessage = v.pipe(
  v.string(),
  v.minLength(1, "must not be empty"),
  v.maxBytes(512, "must be at most 512 bytes"),
  v.description("error text that the client gets"),
);
