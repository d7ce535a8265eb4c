using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Ra.Cmp;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store.Audit;
using Rekey.Testing.Faults;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Cmp;

/// <summary>An institution whose clients ask every second, and the commands of a person there.</summary>
public sealed class PollingSite : IAsyncLifetime
{
    public const string Name = "云泽市体育馆";

    private readonly DateTimeOffset since = DateTimeOffset.UtcNow;

    public RunningInstitution Running { get; private set; } = null!;

    internal MovableTime Time { get; } = new();

    public Uri Portal => Running.Portal;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Running = await RunningInstitution.StartAsync(p => p with { CheckAfterSeconds = 1, Time = Time });

    public ValueTask DisposeAsync() => Running.DisposeAsync();

    internal Task<RaDbContext> RaAsync() => Running.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);

    internal Task<CaDbContext> CaAsync() => Running.Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(Cancel);

    internal StoreView View() => StoreView.Of(Running.Services, Running.Publisher, Time, since);

    /// <summary><c>rekey …</c> beside the running service, and what it prints.</summary>
    public Task<(int ExitCode, string Output)> TryRekeyAsync(params string[] arguments) =>
        RekeyCommand.RunAsync([.. arguments, "--dir", Running.Institution.Directory]);

    public Task<string> RekeyAsync(params string[] arguments) => RekeyAsync(Running.Institution.Directory, arguments);

    internal static async Task<string> RekeyAsync(string directory, string[] arguments)
    {
        var (code, output) = await RekeyCommand.RunAsync([.. arguments, "--dir", directory]);
        Assert.True(code == 0, output);
        return output;
    }

    /// <summary>A subscriber and a reference for it, by the commands.</summary>
    public async Task<(string Reference, string Secret)> ReferenceByCommandAsync(string stableId)
    {
        await RekeyAsync("ra", "subscriber", "add", "--id", stableId, "--name", Name);
        var shown = await RekeyAsync("ra", "cmp-reference", "--subscriber", stableId, "--profile", InstitutionPlan.Profile, "--approve-by-hand");
        return (Regex.Match(shown, @"reference\s+(\S+)").Groups[1].Value, Regex.Match(shown, @"secret\s+(\S+)").Groups[1].Value);
    }

    /// <summary>The same straight into the store, which saves two processes.</summary>
    public Task<(string Reference, string Secret)> ReferenceAsync(string stableId, bool byHand = true) => ReferenceAsync(Running.Services, stableId, byHand);

    internal static async Task<(string Reference, string Secret)> ReferenceAsync(IServiceProvider services, string stableId, bool byHand = true)
    {
        var (reference, secret) = ($"ref-{stableId}", $"secret-{stableId}");
        await using var ra = await services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);
        ra.CmpReferences.Add(new CmpReference
        {
            Reference = reference,
            SealedSecret = DecideEnrolment.Seal(services.GetRequiredService<SecretBox>(), reference, Encoding.UTF8.GetBytes(secret)),
            Subscriber = new()
            {
                StableId = stableId,
                DisplayName = Name,
                Subject = Subscriber.PlainSubject("CN", Name, stableId),
                RegisteredAt = DateTimeOffset.UtcNow,
                Kind = SubscriberKind.Organisation,
            },
            Profile = InstitutionPlan.Profile,
            ExpiresAt = DateTimeOffset.UtcNow.AddDays(7),
            ApproveByHand = byHand,
        });
        await ra.SaveChangesAsync(Cancel);
        return (reference, secret);
    }

    /// <summary>Waits until a request of the reference waits, in a transaction other than <paramref name="after"/>.</summary>
    /// <returns>Its transaction.</returns>
    internal async Task<byte[]> WaitingAsync(string reference, Task client, byte[]? after = null)
    {
        while (true)
        {
            await using var ra = await RaAsync();
            var held = await ra.WaitingRequests.AsNoTracking().SingleOrDefaultAsync(w => w.Reference.Reference == reference, Cancel);
            if (held is { Decision: Decision.Waiting } && (after is null || !after.AsSpan().SequenceEqual(held.TransactionId)))
            {
                return held.TransactionId;
            }

            Assert.False(client.IsCompleted, "the client ended before its request waited");
            await Task.Delay(50, Cancel);
        }
    }

    /// <summary>The RA's audit entries about a reference, in order.</summary>
    internal async Task<IReadOnlyList<string>> AuditAsync(string reference)
    {
        await using var ra = await RaAsync();
        return await ra.Set<AuditEntryRow>().Where(e => e.Target == DecideEnrolment.Target(reference)).OrderBy(e => e.Id).Select(e => e.Kind).ToListAsync(Cancel);
    }
}
