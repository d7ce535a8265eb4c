using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Rekey.Pki.Algorithms;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Testing.Tokens;

namespace Rekey.Testing.Institutions;

/// <summary>An institution whose server runs in this process, on free ports, in a directory of its own that goes with it.</summary>
public sealed class RunningInstitution : IAsyncDisposable
{
    private readonly WebApplication app;

    private RunningInstitution(Institution institution, WebApplication app)
    {
        Institution = institution;
        this.app = app;
    }

    public Institution Institution { get; }

    /// <summary>The server's services, for what no interface offers to look at.</summary>
    public IServiceProvider Services => app.Services;

    public Uri Portal => Institution.Plan.Portal;

    public Uri Publisher => Institution.Plan.Publisher;

    /// <summary>Makes and starts one.</summary>
    /// <param name="change">Changes to the plan: tokens, suites, clock.</param>
    public static async Task<RunningInstitution> StartAsync(Func<InstitutionPlan, InstitutionPlan>? change = null)
    {
        var plan = NewPlan();
        var institution = await Institution.CreateAsync(change?.Invoke(plan) ?? plan, SoftHsm.Host);
        var app = ServerHost.BuildAll(ServerSettings.Load(institution.Directory), institution.Plan.Time);
        await app.StartAsync();
        return new(institution, app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Institution.Tokens.Dispose();
        Directory.Delete(Institution.Directory, recursive: true);
    }

    /// <summary>An institution on free ports, in a directory that does not exist yet.</summary>
    internal static InstitutionPlan NewPlan() => new()
    {
        Directory = Path.Combine(Path.GetTempPath(), $"rekey-institution-{Guid.NewGuid():N}"),
        Portal = new($"http://localhost:{FreePort()}"),
        Publisher = new($"http://localhost:{FreePort()}"),
        CaSuite = AlgorithmSuite.P256,
    };

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
