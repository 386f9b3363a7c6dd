// Certificates for tests, made with Node's own cryptography: just enough DER for X.509 version 3.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const BASIC_CONSTRAINTS = "2.5.29.19";
const ALTERNATIVE_NAME = "2.5.29.17";

/** Who signs. */
export interface TestAuthority {
  /** PEM file of its certificate. */
  readonly ca: string;
  /** Signs a certificate for localhost and 127.0.0.1; the PEM files of it and its key. */
  issue(name: string): { readonly cert: string; readonly key: string };
}

/** A new certificate authority, whose files go into `folder`. */
export function createAuthority(folder: string, name: string): TestAuthority {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const write = (file: string, text: string) => {
    const path = join(folder, file);
    writeFileSync(path, text);
    return path;
  };
  const issue = (subject: string, publicKey: KeyObject, extensions: Buffer[]) => {
    const year = (offset: number) =>
      der(0x17, `${String((new Date().getUTCFullYear() + offset) % 100).padStart(2, "0")}0101000000Z`);
    const body = der(
      0x30,
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      der(0x30, oid(ECDSA_SHA256)),
      nameOf(name),
      der(0x30, year(-1), year(2)),
      nameOf(subject),
      publicKey.export({ type: "spki", format: "der" }),
      der(0xa3, der(0x30, ...extensions)),
    );
    const signature = sign("sha256", body, own.privateKey);
    const whole = der(0x30, body, der(0x30, oid(ECDSA_SHA256)), der(0x03, Buffer.from([0]), signature));
    const lines = whole.toString("base64").replace(/(.{64})/g, "$1\n");
    return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`;
  };
  const isAuthority = der(
    0x30,
    oid(BASIC_CONSTRAINTS),
    der(0x01, Buffer.from([0xff])),
    der(0x04, der(0x30, der(0x01, Buffer.from([0xff])))),
  );
  const forLocalhost = der(
    0x30,
    oid(ALTERNATIVE_NAME),
    der(0x04, der(0x30, der(0x82, "localhost"), der(0x87, Buffer.from([127, 0, 0, 1])))),
  );
  return {
    ca: write(`${name}-ca.pem`, issue(name, own.publicKey, [isAuthority])),
    issue(subject) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return {
        cert: write(`${subject}-cert.pem`, issue(subject, publicKey, [forLocalhost])),
        key: write(`${subject}-key.pem`, privateKey.export({ type: "pkcs8", format: "pem" }) as string),
      };
    },
  };
}

function nameOf(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid(COMMON_NAME), der(0x0c, commonName))));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = rest.flatMap((part) => {
    const digits = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function der(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
