import { expect, test } from "bun:test";
import { parseSysbench } from "./sysbench-run.ts";

test("parseSysbench() reads a report and its histogram", () => {
  const report = `Latency histogram (values are in milliseconds)
       value  ------------- distribution ------------- count
       7.840 |**                                       10
       9.733 |**************************************** 300
      11.446 |*********************                    180
     110.662 |*                                        10
 
SQL statistics:
    queries performed:
        read:                            7000
        total:                           10000
    transactions:                        500    (101.93 per sec.)
    queries:                             10000  (2038.53 per sec.)
    ignored errors:                      3      (0.00 per sec.)
    reconnects:                          1      (0.00 per sec.)

General statistics:
    total time:                          4.9037s
    total number of events:              500

Latency (ms):
         min:                                    7.74
         95th percentile:                        0.00
`;
  expect(parseSysbench(report)).toEqual({
    queries: 10000,
    transactions: 500,
    seconds: 4.9037,
    p50Ms: 9.733,
    p95Ms: 11.446,
    p99Ms: 110.662,
    retried: 3,
    reconnects: 1,
  });
});
