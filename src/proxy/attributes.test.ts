import { afterEach, expect, test } from "bun:test";
import { CLIENT_CONNECT_ATTRS } from "../mysql/capabilities.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** What of a client's own attributes is in its shape. */
async function admitted(tested: ProxyUnderTest, program: string): Promise<string> {
  await rig.client({
    port: tested.port,
    capabilities: FAKE_CLIENT_CAPABILITIES | CLIENT_CONNECT_ATTRS,
    attributes: [["program_name", program]],
  });
  const session = [...tested.listener.sessions.values()].at(-1);
  return /a|b|c/.exec(session?.shape.attributes.replace("program_name", "") ?? "")?.[0] ?? "";
}

test("admitAttributes() has room for others when nobody has logged in with some for a minute", async () => {
  const { tested } = await rig.pair({}, { limits: { connection_attribute_sets_max: 2 } });
  const told: string[] = [];
  for (const program of ["a", "b", "c"]) told.push(await admitted(tested, program));
  tested.clock.advance(40_000);
  for (const program of ["a", "c"]) told.push(await admitted(tested, program));
  tested.clock.advance(20_000);
  for (const program of ["c", "a", "b"]) told.push(await admitted(tested, program));
  expect(told).toEqual(["a", "b", "", "a", "", "c", "a", ""]);
});
