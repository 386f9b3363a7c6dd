export {
  addCertificates,
  listCertificates,
  makeCertificates,
  renewCertificates,
} from "./certificate-folder.js";
export type { FolderOptions, ListedCertificate, NewCertificates } from "./certificate-folder.js";
export { keepCertificates } from "./keep-certificates.js";
export { describeCertificate } from "./describe-certificate.js";
export type { CertificateFacts } from "./describe-certificate.js";
export { issueAuthority, issueCertificate } from "./issue-certificate.js";
export type { CertificateKind, CertificateRequest, KeyedCertificate, Validity } from "./issue-certificate.js";
