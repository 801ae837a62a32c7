// Runs a platform on a folder until it is killed. Prints `ready <endpoint>`.
import { startNuage } from "nuage/testing";

const [data = ""] = process.argv.slice(2);
const nuage = await startNuage({ data });
process.stdout.write(`ready ${nuage.endpoint}\n`);
