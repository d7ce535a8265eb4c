using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;

namespace Rekey.Web.Console.Subscribers;

/// <summary>Registers one subscriber.</summary>
[Requires(Permission.EnterSubscribers)]
internal sealed class NewModel(RaOptions options, RegisterSubscriber register) : ConsolePage(options)
{
    public SubscriberForm Form { get; private set; } = new() { IsNew = true };

    [Requires(Permission.EnterSubscribers)]
    public async Task<IActionResult> OnPostAsync(SubscriberForm form)
    {
        (Form, form.IsNew) = (form, true);
        try
        {
            var (id, errors) = await register.RegisterAsync(form.SubscriberKind, form.Id, form.Edit, Actor, Scope, HttpContext.RequestAborted);
            if (id is not null)
            {
                return Redirect(SubscriberUrls.One(id));
            }

            form.Errors = errors;
        }
        catch (ProblemException e) when (e.Problem.Number == Problems.SubscriberRegistered().Number)
        {
            // What was typed stays.
            form.Errors = [new(1, ImportColumn.Id, RowFault.Registered)];
        }

        Response.StatusCode = 400;
        return Page();
    }
}
