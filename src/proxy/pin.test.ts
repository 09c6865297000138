import { describe, expect, test } from "bun:test";
import { EFFECTS_LEAVE_STATE } from "../sql/effects.ts";
import { pinsOfEffects, reasonsOfPins } from "./pin.ts";

describe("pinsOfEffects()", () => {
  test("every effect that may leave state asks for a pin with a name of its own kind", () => {
    for (let bit = 0; bit < 31; bit++) {
      const effect = 1 << bit;
      const pins = pinsOfEffects(effect);
      const mustPin = (EFFECTS_LEAVE_STATE & effect) !== 0;
      expect([effect, pins !== 0]).toEqual([effect, mustPin]);
      if (mustPin) expect(reasonsOfPins(pins)).toHaveLength(1);
    }
  });

  test("effects add up", () => {
    expect(reasonsOfPins(pinsOfEffects(EFFECTS_LEAVE_STATE)).length).toBeGreaterThan(5);
    expect(pinsOfEffects(0)).toBe(0);
  });
});

describe("reasonsOfPins()", () => {
  test("names each bit once, and no bit no name", () => {
    const names = Array.from({ length: 12 }, (_, bit) => reasonsOfPins(1 << bit));
    expect(names.every((each) => each.length === 1)).toBe(true);
    expect(new Set(names.flat()).size).toBe(12);
    expect(reasonsOfPins(0)).toEqual([]);
  });
});
