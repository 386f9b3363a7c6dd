/** News of a server's or client's wire that somebody should read: new files are in force, or something needs care. */
export type OnNotice = (kind: "reloaded" | "warning", message: string) => void;
