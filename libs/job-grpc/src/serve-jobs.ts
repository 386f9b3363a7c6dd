import { serve } from "@worldmodels/grpc-kit";
import type { ServedService } from "@worldmodels/grpc-kit";
import type { JobManager } from "@worldmodels/jobs";
import { JobServiceService } from "@worldmodels/proto/job";
import { toJobMessage } from "./job-message.js";

/** JobService over a manager's jobs: list, look, follow, cancel. */
export function serveJobs(manager: JobManager): ServedService {
  return serve(JobServiceService, {
    getJob: async ({ id }) => ({ job: toJobMessage(await manager.get(id)) }),
    listJobs: async () => ({ jobs: (await manager.list()).map(toJobMessage) }),
    async *watchJob({ id, after }, { signal }) {
      // Events are far fewer than 2^53; a number beyond is beyond the last one either way.
      for await (const { sequence, line, record } of manager.watch(id, { after: Number(after), signal })) {
        yield { sequence: BigInt(sequence), line, job: toJobMessage(record) };
      }
    },
    cancelJob: async ({ id }) => ({ job: toJobMessage(await manager.cancel(id)) }),
  });
}
