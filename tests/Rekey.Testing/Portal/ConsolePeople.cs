using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Store.Audit;

namespace Rekey.Testing.Portal;

/// <summary>People of an RA's console, each with a certificate of her own.</summary>
internal static class ConsolePeople
{
    /// <summary>Registers a person with a certificate.</summary>
    public static Task<RegisteredCertificate> PersonAsync(this PortalHost portal, string name) => portal.RegisterAsync(
        portal.Pki.Issue(name, DemoPki.Day("2025-01-01"), DemoPki.Day("2030-01-01")), contact: null, subscriber: s => s.Kind = SubscriberKind.Person);

    /// <summary>Registers a person and makes her an operator, by the server's own console.</summary>
    public static async Task<RegisteredCertificate> AppointAsync(
        this PortalHost portal, string name, OperatorRole role, OperatorDuties duties = OperatorDuties.None, string scope = "all")
    {
        var person = await portal.PersonAsync(name);
        var appoint = portal.Services.GetRequiredService<AppointOperator>();
        await appoint.AppointAsync(person.Subscriber.StableId, new(role, duties, OperatorScope.Parse(scope)), null, "test", CancellationToken.None);
        return person;
    }

    /// <summary>An operator as her session shows her.</summary>
    public static async Task<SignedInOperator> SignedInAsync(
        this PortalHost portal, string name, OperatorRole role, OperatorDuties duties = OperatorDuties.None, string scope = "all")
    {
        var person = await portal.AppointAsync(name, role, duties, scope);
        var sessions = portal.Services.GetRequiredService<ConsoleSessions>();
        return (await sessions.FindAsync(await sessions.BeginAsync(person.Sha256, CancellationToken.None), CancellationToken.None)).Operator!;
    }

    /// <summary>What the audit log says of a target, in order.</summary>
    public static async Task<IReadOnlyList<(string Kind, string Actor, string Outcome)>> AuditAsync(this PortalHost portal, string target)
    {
        await using var db = await portal.DatabaseAsync();
        var bodies = await db.Set<AuditEntryRow>().Where(e => e.Target == target).OrderBy(e => e.Id).Select(e => e.Body).ToListAsync();
        return [.. bodies.Select(b => JsonDocument.Parse(b).RootElement).Select(e => (Text(e, "kind"), Text(e, "actor"), Text(e, "outcome")))];

        static string Text(JsonElement entry, string name) => entry.GetProperty(name).GetString()!;
    }
}
