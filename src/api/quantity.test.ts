import { expect, test } from "bun:test";
import { quantityOf } from "./quantity.ts";

test("quantityOf() reads what Kubernetes reads", () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ["100m", 0.1],
    ["0.5", 0.5],
    ["2", 2],
    [".5", 0.5],
    ["1e3", 1000],
    ["64Mi", 67_108_864],
    ["1G", 1e9],
    ["1.5Gi", 1_610_612_736],
    ["12E", 12e18],
    ["", null],
    ["-1", null],
    ["1 Gi", null],
    ["64mb", null],
    ["Mi", null],
    ["1toString", null],
  ];
  for (const [written, amount] of cases) expect([written, quantityOf(written)]).toEqual([written, amount]);
});
