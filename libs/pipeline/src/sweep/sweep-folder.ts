/** Below a sweep's folder: one run folder for each point. */
export const POINTS_FOLDER = "points";

/** The folder whose `artifacts` and `jobs` the points share, named from a point's own. */
export const HOME_OF_POINTS = "../..";
