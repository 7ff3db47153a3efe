/*
 * corpus.c - runs a fuzz target on its corpus, as a plain test.
 *
 * Linked with fuzz_NAME.c it hands every file of tests/fuzz/corpus/NAME to
 * the target, or the files that are named; a TAP line each. A fault ends the
 * process, and the last "#" line names the file.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int
run_file(const char *path, int number)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t n;

	printf("# %s\n", path);
	fflush(stdout);
	if (!f) {
		printf("not ok %d - open %s\n", number, path);
		return 1;
	}
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	printf("ok %d - %s\n", number, path);
	return 0;
}

static int
run_folder(const char *folder)
{
	DIR *dir = chdir(folder) == 0 ? opendir(".") : NULL;
	struct dirent *entry;
	int number = 0, failures = 0;

	if (!dir) {
		printf("Bail out! no folder %s\n", folder);
		return 1;
	}
	while ((entry = readdir(dir))) {
		if (*entry->d_name != '.')
			failures += run_file(entry->d_name, ++number);
	}
	closedir(dir);
	printf("1..%d\n", number);
	return failures > 0 || number == 0;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strstr(argv[0], "fuzz_");
	char folder[4096];
	int failures = 0;

	for (int i = 1; i < argc; i++)
		failures += run_file(argv[i], i);
	if (argc > 1)
		return failures > 0;
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    srcdir ? srcdir : ".", name ? name + 5 : "");
	return run_folder(folder);
}
