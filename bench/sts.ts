// STS GetCallerIdentity from one client process, beside a bare Node HTTP server that reads the same form
// and answers the same bytes:
//
//   npm run build && tsx bench/sts.ts
//
// prints one JSON line a figure.
import { startFloor } from "./floor.ts";
import { alternate, print, signedFor, startPlatform } from "./platform.ts";

const request = {
  method: "POST",
  headers: { ...signedFor("sts"), "content-type": "application/x-www-form-urlencoded" },
  body: "Action=GetCallerIdentity&Version=2011-06-15",
  connections: 16,
  seconds: 2,
  warmUpSeconds: 1,
};
const platform = await startPlatform();
const answer = await fetch(platform.url, request);
if (!answer.ok) throw new Error(`GetCallerIdentity was answered with ${answer.status}`);
const floor = await startFloor({
  parse: "form",
  headers: { "content-type": "text/xml", "x-amzn-requestid": "00000000-0000-0000-0000-000000000000" },
  body: await answer.text(),
});
const { ours, floor: bare } = await alternate(
  { ...request, url: `${platform.url}/` },
  { ...request, url: `${floor.url}/` },
);
print("STS GetCallerIdentity", "1/s", ours, bare);
await floor.stop();
await platform.stop();
