// jose as a competitor: Competitor.swift has the requests.
import { createPublicKey, createPrivateKey, createSecretKey } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// Where Debian has it, and its version.
const [folder, version] = process.argv.slice(2);
const { SignJWT, jwtVerify } = createRequire(import.meta.url)(folder);

let key, algorithm, audience, options, items = [], signs = false, at = 0, last = "";

function sign([subject, expiry]) {
  return new SignJWT({}).setProtectedHeader({ alg: algorithm, typ: "JWT" })
    .setSubject(subject).setAudience([audience]).setExpirationTime(expiry).sign(key);
}

function verify(token) {
  return jwtVerify(token, key, options);
}

function word(text, start) {
  return Buffer.from(text.substr(start, 8)).readBigUInt64LE();
}

// Answers are kept until the clock has stopped.
async function run(count) {
  const kept = new Array(count);
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) {
    kept[i] = await (signs ? sign(items[at]) : verify(items[at]));
    if (++at === items.length) at = 0;
  }
  const taken = process.hrtime.bigint() - start;
  let sum = 0n;
  for (const answer of kept) {
    if (signs) {
      // A randomised signature can't be foreseen: its signing input counts.
      const end = algorithm === "ES256" ? answer.lastIndexOf(".") : answer.length;
      sum += word(answer, end - 8);
      last = answer;
    } else {
      const { sub, exp } = answer.payload;
      sum += word(sub, 0) + word(sub, sub.length - 8) + BigInt(exp);
    }
  }
  return `${taken},${BigInt.asUintN(64, sum)}`;
}

async function answer(line, next) {
  const [request, ...words] = line.split(" ");
  switch (request) {
    case "describe":
      return ["jose", version, `JavaScript, Node ${process.versions.node}`,
        "SignJWT and jwtVerify, one awaited after the other, with a KeyObject made once"].join("\t");
    case "tokens": {
      const lines = [];
      for (let i = 0; i < Number(words[3]); i++) lines.push(await next());
      const read = [];
      for (let i = 0; i < Number(words[4]); i++) read.push(await next());
      [signs, algorithm, audience] = [words[0] === "sign", words[1], words[2]];
      const text = lines.join("\n");
      key = algorithm === "HS256" ? createSecretKey(Buffer.from(text))
        : signs ? createPrivateKey(text) : createPublicKey(text);
      items = signs ? read.map((item) => item.split(" ")).map(([sub, exp]) => [sub, Number(exp)]) : read;
      options = { algorithms: [algorithm], audience, requiredClaims: ["exp"] };
      return "ok";
    }
    case "judge":
      return verify(words[0]).then(() => "accepted", () => "refused");
    case "make": {
      const tokens = [];
      for (const item of items) tokens.push(await sign(item));
      return tokens.join("\n");
    }
    case "run":
      return run(Number(words[0]));
    case "last":
      return last;
  }
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
for (let line; (line = await next()) !== undefined;) {
  const text = await answer(line, next);
  if (text !== undefined) process.stdout.write(`${text}\n`);
}
