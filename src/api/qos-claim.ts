/** QoSClaim: bandwidth of a service. The daemon's matter; the proxy only checks that a service names one that exists. */
import * as v from "valibot";
import { nonEmptyText } from "./fields.ts";

const rate = v.pipe(
  v.string(),
  v.regex(
    /^\d+(\.\d+)?\s*([kmgt]?(bit|bps|b))?$/i,
    "is no rate of tc\nwrite bits (10mbit) or bytes per second (1mbps)",
  ),
  v.description("a rate as tc writes it: bit, kbit, mbit, ... are bits; bps, kbps, mbps, ... are bytes per second"),
);

export const qosClaimSpec = v.pipe(
  v.object({
    trafficQoS: v.pipe(
      v.object({
        name: nonEmptyText("the claim's name"),
        qos_group: v.exactOptional(
          v.pipe(
            v.object({ rate: v.exactOptional(rate), ceil: v.exactOptional(rate) }),
            v.description("the rate that is guaranteed, and the one that may be borrowed up to"),
          ),
          {},
        ),
      }),
      v.description("the bandwidth that is claimed"),
    ),
  }),
  v.description("bandwidth of a service"),
);

export type QoSClaimSpec = v.InferOutput<typeof qosClaimSpec>;
