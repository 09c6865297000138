import { describe, expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { newBalancer, pick } from "./balance.ts";
import type { EndpointView } from "./endpoint-view.ts";

function anEndpoint(name: string, weight = 1): EndpointView {
  return { name, weight, role: "readwrite", health: { isUsable: true, share: 1 } };
}

/** The names of `count` choices in a row; "-" for none. */
function names(balancer: ReturnType<typeof newBalancer>, count: number, avoid: EndpointView | null = null): string {
  return Array.from({ length: count }, () => pick(balancer, avoid)?.name ?? "-").join("");
}

describe("pick() roundrobin", () => {
  const aBalancer = (...endpoints: EndpointView[]) => newBalancer("roundrobin", endpoints, seededRandom(1));

  test("takes equal weights in turn, from the first", () => {
    expect(names(aBalancer(anEndpoint("A"), anEndpoint("B")), 5)).toBe("ABABA");
    expect(names(aBalancer(anEndpoint("A", 7), anEndpoint("B", 7), anEndpoint("C", 7)), 7)).toBe("ABCABCA");
  });

  test("takes weights 3 and 1 as A A A B", () => {
    expect(names(aBalancer(anEndpoint("A", 3), anEndpoint("B", 1)), 8)).toBe("AAABAAAB");
    expect(names(aBalancer(anEndpoint("A", 30), anEndpoint("B", 10)), 8)).toBe("AAABAAAB");
    expect(names(aBalancer(anEndpoint("A", 4), anEndpoint("B", 3), anEndpoint("C", 2)), 9)).toBe("AABABCABC");
  });

  test("skips what is not usable and comes back to it", () => {
    const [a, b] = [anEndpoint("A", 3), anEndpoint("B", 1)];
    const balancer = aBalancer(a, b);
    expect(names(balancer, 1)).toBe("A");
    a.health.isUsable = false;
    expect(names(balancer, 4)).toBe("BBBB");
    a.health.isUsable = true;
    expect(names(balancer, 8)).toBe("AAABAAAB");
    a.health.isUsable = false;
    b.health.isUsable = false;
    expect(names(balancer, 2)).toBe("--");
  });

  test("finds the only usable endpoint at once, however uneven the weights", () => {
    const [a, b] = [anEndpoint("A", 2 ** 30), anEndpoint("B", 1)];
    const balancer = aBalancer(a, b);
    expect(names(balancer, 3)).toBe("AAA");
    a.health.isUsable = false;
    expect(names(balancer, 3)).toBe("BBB");
  });
});

describe("pick() while an endpoint warms up", () => {
  for (const type of ["roundrobin", "random"] as const) {
    test(`${type}: it gets its share of what its weight gives it`, () => {
      const [a, b] = [anEndpoint("A"), anEndpoint("B")];
      const balancer = newBalancer(type, [a, b], seededRandom(7));
      const partOfA = () => (names(balancer, 20_000).split("A").length - 1) / 20_000;
      a.health.share = 0.1;
      expect(Math.abs(partOfA() - 0.1 / 1.1)).toBeLessThan(0.01);
      a.health.share = 0.5;
      expect(Math.abs(partOfA() - 0.5 / 1.5)).toBeLessThan(0.01);
      a.health.share = 1;
      expect(Math.abs(partOfA() - 0.5)).toBeLessThan(0.01);
    });

    test(`${type}: it gets everything where nobody else is`, () => {
      const [a, b] = [anEndpoint("A"), anEndpoint("B")];
      a.health.share = 0.01;
      b.health.isUsable = false;
      expect(names(newBalancer(type, [a, b], seededRandom(7)), 20)).toBe("A".repeat(20));
      b.health.isUsable = true;
      b.health.share = 0.01;
      expect(names(newBalancer(type, [a, b], seededRandom(7)), 200)).toMatch(/^[AB]{200}$/);
    });
  }
});

describe("pick() random", () => {
  test("follows the weights", () => {
    const endpoints = [anEndpoint("A", 3), anEndpoint("B", 1), anEndpoint("C", 0)];
    const chosen = names(newBalancer("random", endpoints, seededRandom(5)), 40_000);
    const share = chosen.split("A").length / 40_000;
    expect(share).toBeGreaterThan(0.74);
    expect(share).toBeLessThan(0.76);
    expect(chosen).not.toContain("C");
  });

  test("divides the range of the random number by weight", () => {
    const endpoints = [anEndpoint("A", 3), anEndpoint("B", 1)];
    const at = (value: number) =>
      names(
        newBalancer("random", endpoints, () => value),
        1,
      );
    expect([at(0), at(0.74), at(0.75), at(0.999999)]).toEqual(["A", "A", "B", "B"]);
  });

  test("skips what is not usable", () => {
    const [a, b] = [anEndpoint("A", 100), anEndpoint("B", 1)];
    const balancer = newBalancer("random", [a, b], seededRandom(1));
    a.health.isUsable = false;
    expect(names(balancer, 5)).toBe("BBBBB");
    b.health.isUsable = false;
    expect(names(balancer, 1)).toBe("-");
  });
});

for (const type of ["random", "roundrobin"] as const) {
  describe(`pick() ${type}`, () => {
    test("gives null for no endpoint and for weights of zero and less", () => {
      expect(names(newBalancer(type, [], seededRandom(1)), 1)).toBe("-");
      expect(names(newBalancer(type, [anEndpoint("A", 0), anEndpoint("B", -1)], seededRandom(1)), 2)).toBe("--");
    });

    test("takes the first of two endpoints with one name", () => {
      const first = anEndpoint("A");
      expect(newBalancer(type, [first, anEndpoint("A", 5)], seededRandom(1)).endpoints).toEqual([first]);
    });

    test("does not give the endpoint to avoid", () => {
      const [a, b] = [anEndpoint("A", 9), anEndpoint("B")];
      expect(names(newBalancer(type, [a, b], seededRandom(1)), 6, a)).toBe("BBBBBB");
      expect(names(newBalancer(type, [a], seededRandom(1)), 1, a)).toBe("-");
    });
  });
}
