import { answer, endpoint, type Endpoint } from "../../feature.ts";
import { Uploaded, UploadForm } from "./schema.ts";
import { uploadErrors } from "./uploads/receiving.ts";
import { upload } from "./uploads/upload.ts";

export const uploadRoutes: Endpoint[] = [
  endpoint({
    method: "post",
    path: "/api/media/upload",
    name: "uploadMedia",
    summary:
      "Send files ahead of the message that they will be in (`media_ids`); after 24 hours without one they go",
    auth: "required",
    form: UploadForm,
    answers: { 201: Uploaded },
    errors: uploadErrors,
    run: async (kit, { actor, form }) => answer(201, { media: await upload(kit, actor, form) }),
  }),
];
