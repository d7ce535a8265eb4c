using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Certificates;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Subscribers;

/// <summary>
/// Registers subscribers from a CSV table: all of them, or, while one row is wrong, none. A row that is registered already, exactly
/// so, is passed over, so that an import can be repeated.
/// </summary>
public sealed class ImportSubscribers(Acts<RaDbContext> acts, TimeProvider time)
{
    private static readonly string[] Required = ["id", "name"];

    private static readonly string[] Optional = ["kind", "subject", "contact", "phone", "email", "identityProved"];

    /// <summary>Imports a table.</summary>
    /// <param name="csv">
    /// Columns <c>id</c> and <c>name</c>; further <c>kind</c> (organisation or person), <c>subject</c> (RFC 4514; by default made of
    /// the name), <c>contact</c>, <c>phone</c>, <c>email</c>, <c>identityProved</c> (ISO date; by default today).
    /// </param>
    /// <param name="cancel">Cancels.</param>
    public async Task<ImportResult> ImportAsync(TextReader csv, CancellationToken cancel)
    {
        var table = ImportTable.Read(csv, Required, Optional);
        var errors = new List<ImportError>(table.Errors);
        await using var act = await acts.BeginAsync(cancel);
        var db = act.Db;
        var known = await db.Subscribers.AsNoTracking().ToDictionaryAsync(s => s.StableId, cancel);
        var seen = new Dictionary<string, string>();
        var unchanged = 0;
        foreach (var row in table.Rows)
        {
            if (Read(row, errors) is not { } subscriber)
            {
                continue;
            }

            if (!seen.TryAdd(subscriber.StableId, row.Line))
            {
                errors.Add(new(row.Line, $"the id {subscriber.StableId} stands on line {seen[subscriber.StableId]} already"));
            }
            else if (!known.TryGetValue(subscriber.StableId, out var registered))
            {
                db.Subscribers.Add(subscriber);
            }
            else if (Same(registered, subscriber))
            {
                unchanged++;
            }
            else
            {
                errors.Add(new(row.Line, $"the id {subscriber.StableId} is registered with other data"));
            }
        }

        if (errors.Count > 0)
        {
            return new(0, unchanged, errors);
        }

        var added = db.ChangeTracker.Entries<Subscriber>().Count();
        if (added > 0)
        {
            act.Record(new AuditEvent("subscribers.imported", "command-line", "subscribers")
            {
                Details = new Dictionary<string, string> { ["added"] = added.ToString(CultureInfo.InvariantCulture), ["unchanged"] = unchanged.ToString(CultureInfo.InvariantCulture) },
            });
        }

        await act.CommitAsync(cancel); // all of it or nothing
        return new(added, unchanged, []);
    }

    private Subscriber? Read(ImportRow row, List<ImportError> errors)
    {
        var before = errors.Count;
        var id = row.Find("id") ?? "";
        var name = row.Find("name") ?? "";
        Check(errors, row, id.Length is > 0 and <= 64, "the id must have 1 to 64 characters");
        Check(errors, row, name.Length is > 0 and <= 200, "the name must have 1 to 200 characters");
        Check(errors, row, row.Find("kind") is null or "person" or "organisation", "the kind is person or organisation");
        Check(errors, row, row.Find("email") is not { } email || (email.Length <= 254 && System.Net.Mail.MailAddress.TryCreate(email, out _)), "the email is no address");
        Check(errors, row, row.Find("contact") is not { Length: > 100 }, "the contact must have at most 100 characters");
        Check(errors, row, row.Find("phone") is not { Length: > 40 }, "the phone must have at most 40 characters");
        var now = time.GetUtcNow();
        var proved = now;
        Check(
            errors, row,
            row.Find("identityProved") is not { } date
                || (DateTimeOffset.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out proved) && proved <= now),
            "identityProved must be a date as in 2022-01-31, and not to come");
        var subject = Subject(row, id, name, errors);
        return errors.Count > before ? null : new Subscriber
        {
            Kind = row.Find("kind") == "person" ? SubscriberKind.Person : SubscriberKind.Organisation,
            StableId = id,
            DisplayName = name,
            Subject = subject,
            ContactName = row.Find("contact"),
            ContactPhone = row.Find("phone"),
            ContactEmail = row.Find("email"),
            IdentityProvedAt = proved,
            RegisteredAt = now,
        };
    }

    private static byte[]? Subject(ImportRow row, string id, string name, List<ImportError> errors)
    {
        if (row.Find("subject") is not { } text)
        {
            return Subscriber.PlainSubject("CN", name, id);
        }

        try
        {
            return DistinguishedName.Parse(text).Encoded.ToArray();
        }
        catch (MalformedException e)
        {
            errors.Add(new(row.Line, $"the subject cannot be read: {e.Message}"));
            return null;
        }
    }

    private static void Check(List<ImportError> errors, ImportRow row, bool condition, string reason)
    {
        if (!condition)
        {
            errors.Add(new(row.Line, reason));
        }
    }

    private static bool Same(Subscriber a, Subscriber b) =>
        a.Kind == b.Kind && a.DisplayName == b.DisplayName && a.ContactName == b.ContactName && a.ContactPhone == b.ContactPhone
        && a.ContactEmail == b.ContactEmail && a.Subject.AsSpan().SequenceEqual(b.Subject);
}
