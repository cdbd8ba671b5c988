import { z } from "zod";

import { formFile } from "../../files/index.ts";

export const Picture = z.object({ avatar_url: z.string() }).meta({ id: "Picture" });

export const PictureForm = z.object({ file: formFile }).meta({ id: "PictureForm" });
