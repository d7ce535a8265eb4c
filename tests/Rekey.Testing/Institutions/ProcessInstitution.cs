using Microsoft.AspNetCore.Builder;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Testing.Tokens;

namespace Rekey.Testing.Institutions;

/// <summary>An institution whose hosts are real <c>rekey</c> processes: one, or with <see cref="Topology.Split"/> one per part and RA host.</summary>
public sealed class ProcessInstitution : IAsyncDisposable
{
    private readonly WebApplication looking;

    private ProcessInstitution(Institution institution)
    {
        Institution = institution;
        looking = ServerHost.BuildAll(ServerSettings.Load(institution.Directory), institution.Plan.Time);
    }

    public Institution Institution { get; }

    /// <summary>The processes, by what they serve: <c>all</c>; or <c>ca</c>, <c>publish</c>, <c>ra-1</c>, <c>ra-2</c> …</summary>
    public Dictionary<string, ServerProcess> Processes { get; } = [];

    /// <summary>Services on the same stores that were never started: to look at what the processes did, and to arrange what was before.</summary>
    public IServiceProvider Services => looking.Services;

    /// <summary>Makes and starts one.</summary>
    /// <param name="change">Changes to the plan: topology, stores, tokens, suites. Its clock is the real one.</param>
    public static async Task<ProcessInstitution> StartAsync(Func<InstitutionPlan, InstitutionPlan>? change = null)
    {
        var plan = RunningInstitution.NewPlan();
        var institution = new ProcessInstitution(await Institution.CreateAsync(change?.Invoke(plan) ?? plan, SoftHsm.Host));
        try
        {
            await institution.StartAllAsync();
            return institution;
        }
        catch
        {
            await institution.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Processes.Values)
        {
            await process.DisposeAsync();
        }

        await looking.DisposeAsync();
        Institution.Tokens.Dispose();
        Directory.Delete(Institution.Directory, recursive: true);
    }

    private async Task StartAllAsync()
    {
        if (Institution.Hosts is not { } split)
        {
            Processes["all"] = await ServerProcess.StartAsync("all", Institution.Directory);
            return;
        }

        var starts = new List<(string Name, Task<ServerProcess> Start)>
        {
            ("ca", ServerProcess.StartAsync("ca", split.Ca)), ("publish", ServerProcess.StartAsync("publish", split.Publish)),
        };
        starts.AddRange(split.Ra.Select((directory, i) => ($"ra-{i + 1}", ServerProcess.StartAsync("ra", directory))));
        foreach (var (name, start) in starts)
        {
            Processes[name] = await start;
        }
    }
}
