/* peak - runs a command and writes the most memory it held, in KiB, into a file: peak FILE COMMAND
 * [ARGUMENT]...
 *
 * A program of its own, because a process is charged with what its parent held before exec():
 * started by a script, every stage would seem as large as the script's interpreter. The exit status
 * is the command's. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3)
        return 64;
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int end;
    struct rusage usage;
    if (child < 0 || wait4(child, &end, 0, &usage) < 0) {
        perror("peak");
        return 70;
    }
    FILE *file = fopen(argv[1], "w");
    if (file == NULL || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file) != 0) {
        perror(argv[1]);
        return 74;
    }
    return WIFEXITED(end) ? WEXITSTATUS(end) : 128 + WTERMSIG(end);
}
