using Microsoft.EntityFrameworkCore;

namespace Rekey.Store.Jobs;

/// <summary>Something to be done at or after a moment, by whichever process comes first.</summary>
internal sealed class JobRow
{
    public long Id { get; init; }

    /// <summary>Which <see cref="JobDefinition"/> does it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about; with the name unique, so that asking twice is asking once. Empty for a recurring job.</summary>
    public required string Key { get; init; }

    public required DateTimeOffset DueAt { get; set; }

    /// <summary>Until then the process that claimed it is believed to be at work.</summary>
    public DateTimeOffset? LeasedUntil { get; set; }

    public int Failures { get; set; }

    public string? LastError { get; set; }

    public DateTimeOffset? LastDoneAt { get; set; }
}

/// <summary>The job table, the same in every authority's store.</summary>
public static class JobModel
{
    /// <summary>Adds the job table to an authority's model.</summary>
    public static void AddJobs(this ModelBuilder model) => model.Entity<JobRow>(e =>
    {
        e.ToTable("jobs");
        e.Property(j => j.Name).HasMaxLength(64);
        e.Property(j => j.Key).HasMaxLength(200);
        e.Property(j => j.LastError).HasMaxLength(1000);
        e.HasIndex(j => new { j.Name, j.Key }).IsUnique();
        e.HasIndex(j => j.DueAt);
    });

    /// <summary>Asks for a job within the caller's transaction; asked for already is fine when the caller checks before.</summary>
    /// <param name="db">The store; saved by the caller.</param>
    /// <param name="name">Name of a one-time job definition.</param>
    /// <param name="key">What it is about.</param>
    /// <param name="dueAt">Not before.</param>
    public static void AddJob(this AuthorityDbContext db, string name, string key, DateTimeOffset dueAt) =>
        db.Add(new JobRow { Name = name, Key = key, DueAt = dueAt });
}
