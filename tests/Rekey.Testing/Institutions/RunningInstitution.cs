using Microsoft.AspNetCore.Builder;
using Rekey.Pki.Algorithms;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Testing.Tokens;

namespace Rekey.Testing.Institutions;

/// <summary>
/// An institution whose hosts run in this process, on free ports, in a directory of its own that goes with it. In one host, or each
/// part in its own: the same tests can run on both.
/// </summary>
public sealed class RunningInstitution : IAsyncDisposable
{
    private readonly List<WebApplication> hosts = [];
    private WebApplication? kmc;

    private RunningInstitution(Institution institution) => Institution = institution;

    public Institution Institution { get; }

    /// <summary>The services of all hosts, for what no interface offers to look at: the RA's first, then the CA's.</summary>
    public IServiceProvider Services { get; private set; } = null!;

    public Uri Portal => Institution.Plan.Portal;

    public Uri Publisher => Institution.Plan.Publisher;

    /// <summary>Makes and starts one.</summary>
    /// <param name="change">Changes to the plan: topology, stores, tokens, suites, clock.</param>
    public static async Task<RunningInstitution> StartAsync(Func<InstitutionPlan, InstitutionPlan>? change = null)
    {
        var plan = NewPlan();
        var running = new RunningInstitution(await Institution.CreateAsync(change?.Invoke(plan) ?? plan, SoftHsm.Host));
        try
        {
            await running.StartHostsAsync();
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>The services of the key-management centre on its own host.</summary>
    public IServiceProvider Kmc => (kmc ?? throw new InvalidOperationException("the key-management centre has no host that runs")).Services;

    /// <summary>Stops the key-management centre's host: the CA does not reach it.</summary>
    public async Task StopKmcAsync()
    {
        hosts.Remove(kmc!);
        await kmc!.StopAsync();
        await kmc.DisposeAsync();
        kmc = null;
    }

    /// <summary>Starts the key-management centre's host.</summary>
    public async Task StartKmcAsync() => kmc = await StartAsync(ServerHost.BuildKmc(ServerSettings.Load(Institution.Hosts!.Kmc), Institution.Plan.Time));

    /// <summary>Stops its hosts and starts them again, with the settings as they are now.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        Services = null!;
        await StartHostsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Institution.Tokens.Dispose();
        Directory.Delete(Institution.Directory, recursive: true);
    }

    private async Task StopAsync()
    {
        foreach (var host in hosts)
        {
            await host.StopAsync();
            await host.DisposeAsync();
        }

        hosts.Clear();
    }

    /// <summary>An institution on free ports, in a directory that does not exist yet.</summary>
    internal static InstitutionPlan NewPlan() => new()
    {
        Directory = Path.Combine(Path.GetTempPath(), $"rekey-institution-{Guid.NewGuid():N}"),
        Portal = new($"http://localhost:{Ports.Free()}"),
        Publisher = new($"http://localhost:{Ports.Free()}"),
        CaSuite = AlgorithmSuite.P256,
    };

    private async Task StartHostsAsync()
    {
        var time = Institution.Plan.Time;
        if (Institution.Hosts is not { } split)
        {
            Services = (await StartAsync(ServerHost.BuildAll(ServerSettings.Load(Institution.Directory), time))).Services;
            return;
        }

        if (Institution.Plan.HasKmc)
        {
            await StartKmcAsync();
        }

        var ca = await StartAsync(ServerHost.BuildCa(ServerSettings.Load(split.Ca), time));
        await StartAsync(ServerHost.BuildPublish(ServerSettings.Load(split.Publish), time));
        foreach (var directory in split.Ra)
        {
            var ra = await StartAsync(ServerHost.BuildRa(ServerSettings.Load(directory), time));
            Services ??= new Both(ra.Services, ca.Services);
        }
    }

    private async Task<WebApplication> StartAsync(WebApplication host)
    {
        hosts.Add(host);
        await host.StartAsync();
        return host;
    }

    private sealed class Both(IServiceProvider first, IServiceProvider second) : IServiceProvider
    {
        public object? GetService(Type serviceType) => first.GetService(serviceType) ?? second.GetService(serviceType);
    }
}
