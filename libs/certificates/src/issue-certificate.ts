// The library asks for a polyfill of its decorators' metadata, and for it to come first.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its private key, PEM; the key as PKCS #8. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** The time within which a certificate is valid. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A `service` is called under its alternative names and calls others; a `client` only calls. */
export type CertificateKind = "service" | "client";

export interface CertificateRequest extends Validity {
  /** The subject's common name: the identity that services know the holder by. At most 64 characters. */
  readonly name: string;
  readonly kind: CertificateKind;
  /** Host names and IP addresses that a service is called under; none for a client. */
  readonly altNames: readonly string[];
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new certificate authority: a key of the curve P-256, and the certificate that it signs for itself. */
export async function issueAuthority(name: string, validity: Validity): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerial(),
      name: [{ CN: [name] }],
      ...validity,
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        // No authorities below this one.
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: `${certificate.toString("pem")}\n`, key: await keyPem(keys.privateKey) };
}

/** A certificate with a new key, signed by an authority. The caller sees to it that the authority outlives it. */
export async function issueCertificate(
  authority: KeyedCertificate,
  request: CertificateRequest,
): Promise<KeyedCertificate> {
  const { name, kind, altNames, notBefore, notAfter } = request;
  const issuer = new X509Certificate(authority.certificate);
  const keys = await newKeys();
  const usages = [ExtendedKeyUsage.clientAuth, ...(kind === "service" ? [ExtendedKeyUsage.serverAuth] : [])];
  const alternatives = altNames.map((value) => ({
    type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const),
    value,
  }));
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: [{ CN: [name] }],
      issuer: issuer.subjectName,
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey: await signingKey(authority.key),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(usages),
        ...(alternatives.length > 0 ? [new SubjectAlternativeNameExtension(alternatives)] : []),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: `${certificate.toString("pem")}\n`, key: await keyPem(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** 127 random bits, not negative. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(pem), ALGORITHM, false, ["sign"]);
}
