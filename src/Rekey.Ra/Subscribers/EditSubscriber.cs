using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers.Import;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Subscribers;

/// <summary>What can be edited of a subscriber; the whole of it, as a form shows it.</summary>
/// <param name="Name">Name.</param>
/// <param name="CreditCode">Unified social credit code; null for none.</param>
/// <param name="Contact">Who handles the key; null for none.</param>
/// <param name="Phone">The contact's telephone; null for none.</param>
/// <param name="Email">The contact's e-mail address; null for none.</param>
/// <param name="NameChecked">Latin letters in a Chinese name were compared with the register.</param>
public sealed record SubscriberEdit(string Name, string? CreditCode, string? Contact, string? Phone, string? Email, bool NameChecked = false);

/// <summary>An edit that was made.</summary>
/// <param name="Version">Of the subscriber, after it.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who.</param>
/// <param name="Fields">What it changed.</param>
public sealed record SubscriberHistoryEntry(int Version, DateTimeOffset At, string Actor, IReadOnlyList<FieldChange> Fields);

/// <summary>
/// Edits registered subscribers by the rules of an import. Two who edit the same one at the same time do not overwrite each other: the
/// later one is told who was first.
/// </summary>
public sealed class EditSubscriber(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    /// <summary>Edits one.</summary>
    /// <param name="stableId">Whom.</param>
    /// <param name="version">The <see cref="Subscriber.Version"/> that the editor saw.</param>
    /// <param name="edit">How it shall be.</param>
    /// <param name="actor">Who edits, as in the audit log.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The version now, and what is wrong; when anything is, nothing was changed.</returns>
    /// <exception cref="ProblemException">RK-3308: somebody else edited it meanwhile; RK-3309: there is none.</exception>
    public Task<(int Version, IReadOnlyList<RowError> Errors)> EditAsync(string stableId, int version, SubscriberEdit edit, string actor, CancellationToken cancel) =>
        EditAsync(stableId, version, edit, actor, OperatorScope.All, cancel);

    /// <summary>Edits one for an operator: who is outside her scope is unknown to her, and nobody leaves it by her hand.</summary>
    public async Task<(int Version, IReadOnlyList<RowError> Errors)> EditAsync(
        string stableId, int version, SubscriberEdit edit, string actor, OperatorScope scope, CancellationToken cancel)
    {
        try
        {
            return await TryEditAsync(stableId, version, edit, actor, scope, cancel);
        }
        catch (DbUpdateException)
        {
            // Somebody was faster by less than this took; if it was anything else, it stands as it was.
            await using var db = await contexts.CreateDbContextAsync(cancel);
            await RequireVersionAsync(db, await FindAsync(db.Subscribers.AsNoTracking(), stableId, scope, cancel), version, cancel);
            throw;
        }
    }

    /// <summary>The edits of a subscriber, the last one first.</summary>
    public async Task<IReadOnlyList<SubscriberHistoryEntry>> HistoryAsync(string stableId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var changes = await db.SubscriberChanges.AsNoTracking().Where(c => c.Subscriber.StableId == stableId).OrderByDescending(c => c.Version).ToListAsync(cancel);
        return [.. changes.Select(c => new SubscriberHistoryEntry(c.Version, c.ChangedAt, c.Actor, JsonSerializer.Deserialize<FieldChange[]>(c.Fields)!))];
    }

    private async Task<(int Version, IReadOnlyList<RowError> Errors)> TryEditAsync(
        string stableId, int version, SubscriberEdit edit, string actor, OperatorScope scope, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var subscriber = await FindAsync(act.Db.Subscribers, stableId, scope, cancel);
        await RequireVersionAsync(act.Db, subscriber, version, cancel);
        var now = time.GetUtcNow();
        var (wanted, errors) = SubscriberRow.Read(Row(subscriber, edit), ImportHeading.All, now, scope);
        if (wanted is null)
        {
            return (version, errors);
        }

        var fields = Apply(subscriber, wanted);
        if (fields.Count == 0)
        {
            return (version, []);
        }

        subscriber.Version++;
        var text = JsonSerializer.Serialize(fields);
        act.Db.SubscriberChanges.Add(new SubscriberChange { SubscriberId = subscriber.Id, Version = subscriber.Version, ChangedAt = now, Actor = actor, Fields = text });
        act.Record(new AuditEvent("subscriber.edited", actor, $"subscriber:{stableId}")
        {
            Details = new Dictionary<string, string> { ["version"] = Digits(subscriber.Version), ["fields"] = string.Join(' ', fields.Select(f => f.Field)) },
            Personal = new Dictionary<string, string> { ["changes"] = text },
        });
        await act.CommitAsync(cancel);
        return (subscriber.Version, []);
    }

    private async Task RequireVersionAsync(RaDbContext db, Subscriber subscriber, int version, CancellationToken cancel)
    {
        if (subscriber.Version == version)
        {
            return;
        }

        var last = await db.SubscriberChanges.AsNoTracking().Where(c => c.SubscriberId == subscriber.Id).OrderByDescending(c => c.Version).FirstOrDefaultAsync(cancel);
        var at = TimeZoneInfo.ConvertTime(last?.ChangedAt ?? subscriber.RegisteredAt, options.Institution.Zone());
        throw new ProblemException(Problems.SubscriberChanged(last?.Actor ?? "?", at.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)));
    }

    private static async Task<Subscriber> FindAsync(IQueryable<Subscriber> subscribers, string stableId, OperatorScope scope, CancellationToken cancel) =>
        await subscribers.Where(scope.Filter()).SingleOrDefaultAsync(s => s.StableId == stableId, cancel) ?? throw new ProblemException(Problems.SubscriberUnknown());

    internal static SheetRow Row(Subscriber s, SubscriberEdit edit) => new(1, [.. ImportHeading.All.Select(h => new SheetCell(h.Column switch
    {
        ImportColumn.Id => s.StableId,
        ImportColumn.CreditCode => edit.CreditCode,
        ImportColumn.Name => edit.Name,
        ImportColumn.NameChecked => edit.NameChecked ? "yes" : null,
        ImportColumn.Kind => s.Kind == SubscriberKind.Person ? "person" : "organisation",
        ImportColumn.Contact => edit.Contact,
        ImportColumn.Phone => edit.Phone,
        ImportColumn.Email => edit.Email,
        _ => null,
    } ?? ""))]);

    private static List<FieldChange> Apply(Subscriber s, Subscriber wanted)
    {
        var fields = new List<FieldChange>();
        void Set(string field, string? before, string? after, Action set)
        {
            if (before != after)
            {
                fields.Add(new(field, before, after));
                set();
            }
        }

        // A subject that was made of the name follows it; one that was given, or that is taken from the old certificate, stays.
        var plain = s.Subject.AsSpan().SequenceEqual(Subscriber.PlainSubject("CN", s.DisplayName, s.StableId));
        Set(nameof(s.Subject), plain ? Text(s.Subject) : null, plain ? Text(wanted.Subject) : null, () => s.Subject = wanted.Subject);
        Set(nameof(s.DisplayName), s.DisplayName, wanted.DisplayName, () => s.DisplayName = wanted.DisplayName);
        Set(nameof(s.CreditCode), s.CreditCode, wanted.CreditCode, () => s.CreditCode = wanted.CreditCode);
        Set(nameof(s.ContactName), s.ContactName, wanted.ContactName, () => s.ContactName = wanted.ContactName);
        Set(nameof(s.ContactPhone), s.ContactPhone, wanted.ContactPhone, () => s.ContactPhone = wanted.ContactPhone);
        Set(nameof(s.ContactEmail), s.ContactEmail, wanted.ContactEmail, () => s.ContactEmail = wanted.ContactEmail);
        return fields;
    }

    private static string Text(byte[]? subject) => DistinguishedName.FromDer(subject!).ToString();

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);
}
