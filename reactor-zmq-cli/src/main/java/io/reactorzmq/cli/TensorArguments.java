package io.reactorzmq.cli;

import org.jspecify.annotations.Nullable;

/** Whether the options about tensors make sense together, and with the others. */
final class TensorArguments {

  private TensorArguments() {}

  /** Of a command that sends. */
  static void check(SocketOptions options, TensorFilesOption files, ProgressOption progress) {
    check(options, files, null, progress);
  }

  /** Of a command that receives. */
  static void check(SocketOptions options, TensorDirOption dir, ProgressOption progress) {
    check(options, null, dir, progress);
  }

  /** Of a command that sends, receives, or does both. */
  static void check(
      SocketOptions options,
      @Nullable TensorFilesOption files,
      @Nullable TensorDirOption dir,
      ProgressOption progress) {
    boolean sends = files != null && files.isGiven();
    boolean saves = dir != null && dir.isGiven();
    if (!sends && !saves && progress.isGiven()) {
      throw options.bad("--progress tells of tensors, it needs " + names(files, dir, " or "));
    }
    if (files != null && files.isUnnamed() && !sends) {
      throw options.bad(TensorFilesOption.UNNAMED + " is for tensors, it needs --tensor");
    }
    boolean noLines = (files == null || sends) && (dir == null || saves);
    if (noLines && options.isFormatGiven()) {
      throw options.bad(
          "--format says how lines are written, with "
              + names(files, dir, " and ")
              + " there are none");
    }
    if (files != null && sends) {
      files.requireFiles(options);
    }
    if (saves) {
      options.takeAnySize();
    }
  }

  private static String names(
      @Nullable TensorFilesOption files, @Nullable TensorDirOption dir, String between) {
    if (files == null) {
      return TensorDirOption.NAME;
    }
    return dir == null
        ? TensorFilesOption.NAME
        : TensorFilesOption.NAME + between + TensorDirOption.NAME;
  }
}
