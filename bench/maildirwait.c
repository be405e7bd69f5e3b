/*
 * maildirwait - waits until so many files lie in new/ of Maildirs
 *
 *   maildirwait count seconds maildir...
 *
 * Prints how many there are and the monotonic time at which it saw them. Looks
 * at the directories only when the file system has enough inodes in use, so
 * that waiting costs the machine little. Exits 1 when the time is up.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long
count_new(char **dirs)
{
	long n = 0;

	for (; *dirs != NULL; dirs++) {
		char path[4096];
		struct dirent *e;
		DIR *d;

		snprintf(path, sizeof path, "%s/new", *dirs);
		d = opendir(path);
		while (d != NULL && (e = readdir(d)) != NULL)
			n += e->d_name[0] != '.';
		if (d != NULL)
			closedir(d);
	}
	return n;
}

static long
inodes_used(const char *dir)
{
	struct statvfs v;

	if (statvfs(dir, &v) == -1)
		return 0;
	return (long)(v.f_files - v.f_ffree);
}

int
main(int argc, char **argv)
{
	const struct timespec pause = { 0, 20000000 };
	const char *base = argv[1] != NULL ? getenv("BENCH_INODES") : NULL;
	long want, before;
	double until;
	long n = 0;

	if (argc < 4)
		return 2;
	want = atol(argv[1]);
	until = now() + atof(argv[2]);
	before = base != NULL ? atol(base) : 0;
	while (now() < until) {
		if (inodes_used(argv[3]) - before >= want &&
		    (n = count_new(argv + 3)) >= want)
			break;
		nanosleep(&pause, NULL);
	}
	n = count_new(argv + 3);
	printf("%ld %.3f\n", n, now());
	return n < want;
}
